"""What AWS doesn't forget when the server is killed and started again."""

from testbed.selftest.aws.in_process import BUILD, SHARED, Aws
from testbed.selftest.aws.test_ecr_api import manifest, put


def test_sessions_and_registry_passwords_stay_good(aws: Aws) -> None:
    session = aws.session(BUILD)
    password, _ = aws.backend.sessions.ecr_password(session.principal)
    ended = aws.session(BUILD)
    aws.backend.sessions.expire(ended.access_key)
    again = Aws(aws.state, aws.issuer)
    assert again.client("sts", session).get_caller_identity()["Account"] == SHARED
    found = again.backend.principal_of_ecr_token(password)
    assert found is not None
    assert found.role_arn == BUILD
    kept = again.backend.sessions.find(ended.access_key)
    assert kept is not None
    assert again.backend.sessions.expired(kept)


def test_a_line_cut_short_by_a_kill_is_left_out(aws: Aws) -> None:
    session = aws.session(BUILD)
    with (aws.state / "aws" / "sessions.jsonl").open("a") as file:
        file.write('{"principal": {"arn"')
    again = Aws(aws.state, aws.issuer)
    later = again.session(BUILD)
    once_more = Aws(aws.state, aws.issuer)
    for kept in (session, later):
        assert once_more.client("sts", kept).get_caller_identity()


def test_images_stay(aws: Aws) -> None:
    ecr = aws.client("ecr", aws.session(BUILD))
    first = put(ecr, "app", manifest("one"), "v1")["imageId"]["imageDigest"]
    put(ecr, "app", manifest("two"), "latest")
    before = ecr.describe_images(repositoryName="app")["imageDetails"]
    again = Aws(aws.state, aws.issuer)
    after = again.client("ecr", again.session(BUILD)).describe_images(repositoryName="app")["imageDetails"]
    assert after == before
    assert again.backend.ecr.tags(SHARED, "app")["v1"] == first
    immutable = again.backend.ecr.repository(SHARED, "app-immutable")
    assert immutable is not None
    assert immutable.immutable
