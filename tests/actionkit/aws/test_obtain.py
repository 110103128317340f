"""Credentials the way the three actions get them: real botocore, STS's answers over HTTP."""

from dataclasses import replace
from typing import Any

import pytest

from actionkit.aws import arn
from actionkit.aws.identity import Identity
from actionkit.aws.obtain import obtain
from actionkit.aws.settings import CredentialSettings, Hop
from actionkit.errors import ActionError, IdTokenRefused, IdTokenUnavailable
from credential_settings import DEFAULTS, allowing
from fake_sts import FakeSts, jwt
from fakes import FakeClock, FakeRunner

HUB = "arn:aws:iam::111111111111:role/hub"
DEV = "arn:aws:iam::222222222222:role/deploy"
PROD = "arn:aws:iam::333333333333:role/path/deploy"
KEYS = {"AWS_ACCESS_KEY_ID": "AKIASTALE", "AWS_SECRET_ACCESS_KEY": "canary-stale"}


def role(text: str) -> arn.RoleArn:
    found = arn.role(text)
    assert found
    return found


def hop(text: str, external_id: str = "") -> Hop:
    return Hop(role=role(text), external_id=external_id)


def settings(**changes: Any) -> CredentialSettings:
    return replace(DEFAULTS, **changes)


def get(runner: FakeRunner | None = None, clock: FakeClock | None = None, **changes: Any) -> Identity:
    return obtain(settings(**changes), runner or FakeRunner(id_tokens=[jwt()]), clock or FakeClock())


def ambient_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)


def test_oidc_gives_the_roles_session(sts: FakeSts) -> None:
    identity = get(role_to_assume=role(DEV))
    assert identity.arn == "arn:aws:sts::222222222222:assumed-role/deploy/GitHubActions"
    assert (identity.account, identity.source, identity.chain) == ("222222222222", "oidc", (DEV,))
    assert (identity.region, identity.partition) == ("ap-northeast-2", "aws")
    assert sts.actions == ["AssumeRoleWithWebIdentity"]


def test_oidc_is_unsigned_and_ignores_keys_of_an_earlier_step(
    sts: FakeSts, monkeypatch: pytest.MonkeyPatch
) -> None:
    ambient_keys(monkeypatch)
    runner = FakeRunner(environ=KEYS, id_tokens=[jwt()])
    get(runner, role_to_assume=role(DEV))
    assert sts.called("AssumeRoleWithWebIdentity")[0].authorization == ""
    assert "(AWS_ACCESS_KEY_ID) are not used" in runner.log


def test_a_missing_permission_is_never_the_instance_role_in_silence(
    sts: FakeSts, monkeypatch: pytest.MonkeyPatch
) -> None:
    ambient_keys(monkeypatch)
    with pytest.raises(IdTokenUnavailable, match="id-token: write") as caught:
        get(FakeRunner(), role_to_assume=role(DEV))
    assert "permissions:\n      id-token: write" in caught.value.hint
    assert sts.requests == []


def test_every_try_has_a_fresh_token(sts: FakeSts) -> None:
    sts.refuse("AssumeRoleWithWebIdentity", "Throttling", "Rate exceeded", status=400, times=1)
    tokens = [jwt(jti="1"), jwt(jti="2")]
    get(FakeRunner(id_tokens=tokens), role_to_assume=role(DEV))
    assert [r.parameters["WebIdentityToken"] for r in sts.called("AssumeRoleWithWebIdentity")] == tokens


def test_a_chain_passes_through_each_role_and_keeps_the_last(sts: FakeSts) -> None:
    identity = get(role_to_assume=role(HUB), role_chain=(hop(DEV), hop(PROD, "secret-id")))
    first, second = sts.called("AssumeRole")
    assert (first.parameters["RoleArn"], first.parameters.get("ExternalId")) == (DEV, None)
    assert (second.parameters["RoleArn"], second.parameters["ExternalId"]) == (PROD, "secret-id")
    assert "Credential=ASIA1111" in first.authorization
    assert "Credential=ASIA2222" in second.authorization
    assert identity.account == "333333333333"
    assert identity.chain == (HUB, DEV, PROD)


def test_a_chain_without_a_first_role_starts_from_what_is_there(
    sts: FakeSts, monkeypatch: pytest.MonkeyPatch
) -> None:
    ambient_keys(monkeypatch)
    runner = FakeRunner()
    identity = get(runner, role_chain=(hop(DEV),))
    assert identity.source == "environment"
    assert identity.chain == (sts.ambient_arn, DEV)
    assert f"Found credentials of {sts.ambient_arn} (source: environment)" in runner.log
    assert runner.audiences == []


def test_what_is_there_is_confirmed_once(sts: FakeSts, monkeypatch: pytest.MonkeyPatch) -> None:
    ambient_keys(monkeypatch)
    assert get(FakeRunner()).arn == sts.ambient_arn
    assert sts.actions == ["GetCallerIdentity"]


@pytest.mark.parametrize(
    ("changes", "asked", "noticed"),
    [
        ({"role_to_assume": DEV}, ["7200"], False),
        ({"role_to_assume": HUB, "role_chain": (hop(DEV),)}, ["900", "3600"], True),
        ({"role_to_assume": HUB, "role_chain": (hop(DEV), hop(PROD))}, ["900", "900", "3600"], True),
    ],
    ids=["one role", "hub and role", "three roles"],
)
def test_aws_gives_a_chained_role_an_hour_at_most(
    sts: FakeSts, changes: dict[str, Any], asked: list[str], noticed: bool
) -> None:
    runner = FakeRunner(id_tokens=[jwt()])
    first = {"role_to_assume": role(changes["role_to_assume"])}
    get(runner, role_duration_seconds=7200, **{**changes, **first})
    durations = [r.parameters["DurationSeconds"] for r in sts.requests if "DurationSeconds" in r.parameters]
    assert durations == asked
    assert any("3600 seconds at most" in a.message for a in runner.annotations) is noticed


def test_a_users_keys_are_no_chain(sts: FakeSts, monkeypatch: pytest.MonkeyPatch) -> None:
    ambient_keys(monkeypatch)
    sts.ambient_arn = "arn:aws:iam::111111111111:user/ci"
    get(FakeRunner(), role_chain=(hop(DEV),), role_duration_seconds=7200)
    assert sts.called("AssumeRole")[0].parameters["DurationSeconds"] == "7200"


def test_the_account_is_checked_before_aws_is_asked(sts: FakeSts) -> None:
    with pytest.raises(ActionError, match=r"account 333333333333.*allows 222222222222"):
        get(role_to_assume=role(HUB), role_chain=(hop(PROD),), accounts=allowing("222222222222"))
    assert sts.requests == []


@pytest.mark.usefixtures("sts")
def test_the_account_is_checked_of_who_we_are_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    ambient_keys(monkeypatch)
    with pytest.raises(ActionError, match="account 111111111111"):
        get(FakeRunner(), accounts=allowing("222222222222"))


def test_nothing_there_is_one_clear_error(sts: FakeSts) -> None:
    with pytest.raises(ActionError, match="no instance role answers") as caught:
        get(FakeRunner())
    assert "role-to-assume" in caught.value.hint
    assert sts.requests == []


DENIED = "Not authorized to perform sts:AssumeRoleWithWebIdentity"
NO_PROVIDER = (
    "No OpenIDConnect provider found in your account for https://token.actions.githubusercontent.com"
)


@pytest.mark.parametrize(
    ("code", "message", "status", "said"),
    [
        ("AccessDenied", DENIED, 403, ["deploy doesn't trust this job", DEV, "repo:org/app:environment:dev"]),
        (
            "InvalidIdentityToken",
            NO_PROVIDER,
            400,
            ["222222222222 has no OIDC provider", ":oidc-provider/token"],
        ),
        ("InvalidIdentityToken", "Incorrect token audience", 400, ["wrong audience", "sts.amazonaws.com"]),
        ("InvalidIdentityToken", "Provided Token is not a Login Token", 400, ["AWS refused the ID token"]),
        ("IDPCommunicationError", "Could not reach", 400, ["couldn't reach the token's issuer"]),
        ("ExpiredTokenException", "Token expired", 400, ["The ID token had expired"]),
        (
            "ValidationError",
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
            400,
            ["longer than the role allows", "role-duration-seconds"],
        ),
        ("RegionDisabledException", "STS is not activated", 403, ["STS is disabled in this region"]),
        ("MalformedPolicyDocument", "Odd", 400, ["AWS refused", "MalformedPolicyDocument: Odd", "request-1"]),
    ],
)
def test_each_refusal_of_the_token_has_its_own_words(
    sts: FakeSts, code: str, message: str, status: int, said: list[str]
) -> None:
    sts.refuse("AssumeRoleWithWebIdentity", code, message, status=status)
    with pytest.raises(ActionError) as caught:
        get(role_to_assume=role(DEV))
    text = f"{caught.value.title} {caught.value.text}"
    assert [words for words in said if words not in text] == []
    assert "canary" not in text


def test_a_denied_token_comes_with_the_statement_that_would_let_it_in(sts: FakeSts) -> None:
    sts.refuse("AssumeRoleWithWebIdentity", "AccessDenied", DENIED)
    with pytest.raises(ActionError) as caught:
        get(role_to_assume=role(DEV))
    hint = caught.value.hint
    assert "arn:aws:iam::222222222222:oidc-provider/token.actions.githubusercontent.com" in hint
    assert '"token.actions.githubusercontent.com:sub": "repo:org/app:environment:dev"' in hint
    assert "immutable" not in hint


def test_a_subject_with_ids_is_recognised(sts: FakeSts) -> None:
    sts.refuse("AssumeRoleWithWebIdentity", "AccessDenied", DENIED)
    runner = FakeRunner(id_tokens=[jwt(sub="repo:org@12/app@345:environment:dev")])
    with pytest.raises(ActionError) as caught:
        get(runner, role_to_assume=role(DEV))
    assert "written for `repo:org/app:environment:dev` doesn't match" in caught.value.hint


def test_a_wrong_clock_is_named_with_both_times(sts: FakeSts) -> None:
    sts.refuse("AssumeRoleWithWebIdentity", "ExpiredTokenException", "Token expired", status=400)
    with pytest.raises(ActionError, match=r"12:00:00 UTC, the token was issued at .* 11:00:00 UTC"):
        get(FakeRunner(id_tokens=[jwt(iat=1795435200 - 3600)]), role_to_assume=role(DEV))


def test_a_denial_is_tried_three_times_within_five_seconds(sts: FakeSts) -> None:
    sts.refuse("AssumeRoleWithWebIdentity", "AccessDenied", DENIED)
    clock = FakeClock()
    runner = FakeRunner(id_tokens=[jwt()])
    with pytest.raises(ActionError):
        get(runner, clock, role_to_assume=role(DEV))
    assert len(sts.called("AssumeRoleWithWebIdentity")) == 3
    assert runner.log.count("Not yet (AccessDenied). Trying again in 2.0 s") == 2
    assert clock.now() <= 5


@pytest.mark.parametrize(
    ("code", "status", "tries"),
    [("ThrottlingException", 400, 5), ("InternalFailure", 500, 5), ("MalformedPolicyDocument", 400, 1)],
)
def test_only_what_can_heal_is_tried_again(sts: FakeSts, code: str, status: int, tries: int) -> None:
    sts.refuse("AssumeRoleWithWebIdentity", code, "…", status=status)
    clock = FakeClock()
    with pytest.raises(ActionError):
        get(clock=clock, role_to_assume=role(DEV))
    assert len(sts.called("AssumeRoleWithWebIdentity")) == tries
    assert clock.now() <= 60


def test_an_issuer_that_aws_reaches_at_the_second_try_is_no_failure(sts: FakeSts) -> None:
    message = "Couldn't retrieve verification key from your identity provider"
    sts.refuse("AssumeRoleWithWebIdentity", "InvalidIdentityToken", message, status=400, times=1)
    assert get(role_to_assume=role(DEV)).account == "222222222222"


@pytest.mark.usefixtures("sts")
def test_a_token_service_that_hiccups_is_asked_again() -> None:
    hiccup = IdTokenRefused("GitHub gave no ID token", "HTTP 503", transient=True)
    assert get(FakeRunner(id_tokens=[hiccup, jwt()]), role_to_assume=role(DEV)).source == "oidc"


def test_a_denied_hop_names_both_roles_and_both_policies(sts: FakeSts) -> None:
    sts.refuse("AssumeRole", "AccessDenied", "User: x is not authorized to perform: sts:AssumeRole")
    with pytest.raises(ActionError) as caught:
        get(role_to_assume=role(HUB), role_chain=(hop(DEV),))
    text = caught.value.text
    assert "arn:aws:sts::111111111111:assumed-role/hub/GitHubActions was denied assuming " + DEV in text
    assert f'"Resource": "{DEV}"' in text
    assert f'"AWS": "{HUB}"' in text
    assert "external id" in text


@pytest.mark.parametrize(
    ("code", "message", "said"),
    [
        (
            "InvalidClientTokenId",
            "The security token included in the request is invalid",
            "doesn't know the access key",
        ),
        ("ExpiredToken", "The security token included in the request is expired", "have expired"),
        ("SignatureDoesNotMatch", "Signature expired: 20261123T110000Z is now earlier", "by NTP"),
    ],
)
def test_stale_keys_in_the_environment_are_explained(
    sts: FakeSts, monkeypatch: pytest.MonkeyPatch, code: str, message: str, said: str
) -> None:
    ambient_keys(monkeypatch)
    sts.refuse("GetCallerIdentity", code, message)
    with pytest.raises(ActionError) as caught:
        get(FakeRunner())
    assert said in caught.value.title + caught.value.text


@pytest.mark.usefixtures("sts")
def test_an_endpoint_that_nobody_answers_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:1")
    with pytest.raises(ActionError, match=r"127\.0\.0\.1 \(private\) refuses the connection") as caught:
        get(role_to_assume=role(DEV))
    assert "VPC endpoint" in caught.value.hint


@pytest.mark.usefixtures("sts")
@pytest.mark.parametrize(
    ("given", "environ", "expected"),
    [
        ("eu-west-1", {"AWS_REGION": "us-east-1"}, "eu-west-1"),
        ("", {"AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "us-east-2"}, "us-east-1"),
        ("", {"AWS_DEFAULT_REGION": "us-east-2"}, "us-east-2"),
    ],
)
def test_the_region_is_the_input_or_the_environments(
    given: str, environ: dict[str, str], expected: str
) -> None:
    runner = FakeRunner(environ=environ, id_tokens=[jwt()])
    assert get(runner, role_to_assume=role(DEV), aws_region=given).region == expected


@pytest.mark.parametrize(
    ("region", "message"),
    [("", "AWS_REGION of the environment"), ("cn-north-1", "partition aws-cn"), ("mars-1", "no AWS region")],
)
def test_no_region_or_a_wrong_one_asks_nobody(sts: FakeSts, region: str, message: str) -> None:
    with pytest.raises(ActionError, match=message):
        get(role_to_assume=role(DEV), aws_region=region)
    assert sts.requests == []


@pytest.mark.usefixtures("sts")
def test_a_region_newer_than_this_release_is_a_warning() -> None:
    runner = FakeRunner(id_tokens=[jwt()])
    get(runner, role_to_assume=role(DEV), aws_region="us-east-9")
    assert [(a.kind, a.title) for a in runner.annotations] == [("warning", "Unknown AWS region")]


@pytest.mark.usefixtures("sts")
def test_a_profile_that_does_not_exist_is_not_in_the_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "someone-elses")
    assert get(role_to_assume=role(DEV)).account == "222222222222"


def test_secrets_are_masked_before_they_are_used_and_shown_nowhere(sts: FakeSts) -> None:
    token = jwt()
    runner = FakeRunner(id_tokens=[token])
    identity = get(runner, role_to_assume=role(HUB), role_chain=(hop(DEV),))
    for key in sts.arns:
        assert {key, f"canary-secret-{key}", f"canary-token-{key}"} <= set(runner.masks)
    assert token in runner.masks
    unmasked = [line for line in runner.log.splitlines() if "canary" in line and "::add-mask::" not in line]
    assert unmasked == []
    assert "canary" not in repr(identity)


def test_aws_sees_who_asks(sts: FakeSts) -> None:
    get(role_to_assume=role(DEV))
    assert "eks-actions/" in sts.requests[0].user_agent


@pytest.mark.parametrize("status", [200, 403])
@pytest.mark.parametrize("body", ["<html><body>Blocked<br></body></html>", "<Assume", "", "<a/>"])
def test_a_proxys_page_is_not_taken_for_aws(sts: FakeSts, status: int, body: str) -> None:
    sts.raw["AssumeRoleWithWebIdentity"] = (status, body)
    with pytest.raises(ActionError, match="isn't what AWS answers") as caught:
        get(role_to_assume=role(DEV))
    assert "HTTPS_PROXY" in caught.value.hint
    assert sts.actions == ["AssumeRoleWithWebIdentity"]


def test_a_load_balancers_page_heals(sts: FakeSts) -> None:
    sts.raw["AssumeRoleWithWebIdentity"] = (503, "<html>Service Unavailable<br></html>")
    runner = FakeRunner(id_tokens=[jwt()])
    with pytest.raises(ActionError, match="AWS said 503: Service Unavailable"):
        get(runner, role_to_assume=role(DEV))
    assert len(sts.requests) == 5
    assert "Not yet (503)" in runner.log


@pytest.mark.usefixtures("sts")
def test_a_ca_bundle_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_CA_BUNDLE", "/nonexistent/ca.pem")
    with pytest.raises(ActionError, match=r"AWS_CA_BUNDLE names `/nonexistent/ca\.pem`"):
        get(role_to_assume=role(DEV))
