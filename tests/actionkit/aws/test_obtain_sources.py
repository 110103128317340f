"""Where the first credentials come from, and what is sent with the roles after that."""

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from actionkit.aws import arn
from actionkit.aws.accounts import AccountRules
from actionkit.aws.arn import RoleName
from actionkit.aws.identity import Credentials, Identity
from actionkit.aws.obtain import obtain
from actionkit.aws.session_policies import SessionPolicies
from actionkit.aws.session_tags import TagSettings
from actionkit.aws.settings import Hop
from actionkit.errors import ActionError, IdTokenRefused
from credential_settings import DEFAULTS, allowing
from fake_sts import FakeSts, jwt
from fakes import FakeClock, FakeRunner

ROLES = {
    name: arn.role(f"arn:aws:iam::{account}:role/{name}")
    for name, account in {"hub": "111111111111", "deploy": "222222222222", "last": "333333333333"}.items()
}
STATIC = Credentials(access_key_id="AKIASTATIC", secret_access_key="canary-static")
STALE = {"AWS_ACCESS_KEY_ID": "AKIASTALE", "AWS_SECRET_ACCESS_KEY": "canary-stale"}


def get(runner: FakeRunner | None = None, **changes: Any) -> Identity:
    return obtain(replace(DEFAULTS, **changes), runner or FakeRunner(), FakeClock())


def signer(sts: FakeSts, action: str) -> str:
    return sts.called(action)[0].authorization.partition("Credential=")[2].partition("/")[0]


def tags_of(parameters: dict[str, str]) -> dict[str, str]:
    return {
        value: parameters[name.replace("Key", "Value")]
        for name, value in parameters.items()
        if name.startswith("Tags.") and name.endswith(".Key")
    }


def test_keys_of_the_inputs_are_who_we_are(sts: FakeSts) -> None:
    runner = FakeRunner(environ=STALE)
    identity = get(runner, keys=STATIC)
    assert (identity.source, identity.found, identity.credentials) == ("keys", False, STATIC)
    assert signer(sts, "GetCallerIdentity") == "AKIASTATIC"
    assert {"AKIASTATIC", "canary-static"} <= set(runner.masks)


def test_keys_of_the_inputs_assume_the_role_with_all_that_is_asked(sts: FakeSts) -> None:
    runner = FakeRunner(environ={**STALE, "GITHUB_ACTOR": "octo"})
    policies = SessionPolicies(inline='{"Statement":[]}', managed=("arn:aws:iam::aws:policy/ReadOnlyAccess",))
    identity = get(
        runner,
        keys=STATIC,
        role_to_assume=ROLES["deploy"],
        role_external_id="our-id",
        policies=policies,
        tags=TagSettings(skip=False, custom={"Team": "a"}, transitive=("Team",)),
    )
    assert signer(sts, "AssumeRole") == "AKIASTATIC"
    sent = sts.called("AssumeRole")[0].parameters
    assert (sent["ExternalId"], sent["Policy"]) == ("our-id", '{"Statement":[]}')
    assert sent["PolicyArns.member.1.arn"] == "arn:aws:iam::aws:policy/ReadOnlyAccess"
    assert tags_of(sent)["Team"] == "a"
    assert tags_of(sent)["Actor"] == "octo"
    assert sent["TransitiveTagKeys.member.1"] == "Team"
    assert identity.chain == (sts.ambient_arn, str(ROLES["deploy"]))
    assert identity.role_id == "AROA:x"


def test_a_roles_name_is_of_the_account_of_the_keys(sts: FakeSts) -> None:
    sts.ambient_arn = "arn:aws-cn:iam::444444444444:user/ci"
    get(keys=STATIC, role_to_assume=RoleName(text="path/deploy"), aws_region="cn-north-1")
    assert (
        sts.called("AssumeRole")[0].parameters["RoleArn"] == "arn:aws-cn:iam::444444444444:role/path/deploy"
    )


def test_the_account_of_a_roles_name_is_checked_before_it_is_assumed(sts: FakeSts) -> None:
    with pytest.raises(ActionError, match="account 111111111111"):
        get(keys=STATIC, role_to_assume=RoleName(text="deploy"), accounts=allowing("222222222222"))
    assert sts.actions == ["GetCallerIdentity"]


def test_role_chaining_takes_what_is_there_and_no_token(
    sts: FakeSts, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in STALE.items():
        monkeypatch.setenv(name, value)
    runner = FakeRunner(id_tokens=[jwt()])
    identity = get(runner, role_chaining=True, role_to_assume=ROLES["deploy"])
    assert signer(sts, "AssumeRole") == "AKIASTALE"
    assert (identity.source, identity.found) == ("environment", False)
    assert runner.audiences == []


def test_a_token_file_is_read_anew_for_each_try(sts: FakeSts) -> None:
    sts.refuse("AssumeRoleWithWebIdentity", "IDPCommunicationError", "Could not reach", status=400, times=1)
    runner = FakeRunner()
    (runner.workspace / "token").write_text(jwt())
    identity = get(runner, role_to_assume=ROLES["deploy"], web_identity_token_file=Path("token"))
    assert [r.parameters["WebIdentityToken"] for r in sts.requests] == [jwt(), jwt()]
    assert (identity.source, identity.account) == ("token-file", "222222222222")
    assert jwt() in runner.masks


def test_policies_narrow_the_last_session_alone_and_tags_go_to_none_by_oidc(sts: FakeSts) -> None:
    policies = SessionPolicies(inline='{"Statement":[]}', managed=())
    hops = (Hop(role=ROLES["deploy"], external_id=""), Hop(role=ROLES["last"], external_id=""))  # type: ignore[arg-type]
    get(
        FakeRunner(id_tokens=[jwt()]),
        role_to_assume=ROLES["hub"],
        role_chain=hops,
        policies=policies,
    )
    assert ["Policy" in r.parameters for r in sts.requests] == [False, False, True]
    assert [tags_of(r.parameters) for r in sts.requests] == [{}, {}, {}]


def test_tags_that_are_asked_for_go_along_the_chain_once(sts: FakeSts) -> None:
    hops = (Hop(role=ROLES["deploy"], external_id=""), Hop(role=ROLES["last"], external_id=""))  # type: ignore[arg-type]
    tags = TagSettings(skip=False, custom={"Team": "a"}, transitive=("Team", "Repository"))
    get(FakeRunner(id_tokens=[jwt()]), role_to_assume=ROLES["hub"], role_chain=hops, tags=tags)
    first, second = (tags_of(r.parameters) for r in sts.called("AssumeRole"))
    assert {"Team", "Repository", "Workflow"} <= set(first)
    assert {"Team", "Repository"}.isdisjoint(second)
    assert "Workflow" in second


def test_where_aws_finds_the_tags_too_large_fewer_are_sent(sts: FakeSts) -> None:
    said = "Packed size of session tags consumes 142% of allotted space."
    sts.refuse("AssumeRole", "PackedPolicyTooLarge", said, status=400, times=1)
    get(keys=STATIC, role_to_assume=ROLES["deploy"])
    first, second = (tags_of(r.parameters) for r in sts.called("AssumeRole"))
    assert set(first) - set(second) == {"EventName", "RunId"}


def test_policies_that_are_too_large_even_then_are_explained(sts: FakeSts) -> None:
    sts.refuse("AssumeRole", "PackedPolicyTooLarge", "Packed size … 142%", status=400)
    with pytest.raises(ActionError, match="142%") as caught:
        get(keys=STATIC, role_to_assume=ROLES["deploy"])
    assert "inline-session-policy" in caught.value.hint
    assert len(sts.called("AssumeRole")) == 2


TAGGING = (
    "User: arn:aws:iam::111111111111:user/ci is not authorized to perform: sts:TagSession on resource: "
    "arn:aws:iam::222222222222:role/deploy"
)


def test_a_denial_of_tags_names_the_permission_and_the_way_without(sts: FakeSts) -> None:
    sts.refuse("AssumeRole", "AccessDenied", TAGGING)
    with pytest.raises(ActionError) as caught:
        get(keys=STATIC, role_to_assume=ROLES["deploy"])
    assert caught.value.title == "The session of deploy may not be tagged"
    assert '"Action": "sts:TagSession"' in caught.value.hint
    assert "role-skip-session-tagging: true" in caught.value.hint


def test_the_statements_of_a_tagged_hop_have_both_actions(sts: FakeSts) -> None:
    sts.refuse("AssumeRole", "AccessDenied", "not authorized to perform: sts:AssumeRole")
    with pytest.raises(ActionError) as caught:
        get(keys=STATIC, role_to_assume=ROLES["deploy"])
    assert caught.value.hint.count('"sts:TagSession"') == 2


@pytest.mark.usefixtures("sts")
def test_existing_credentials_that_aws_takes_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in STALE.items():
        monkeypatch.setenv(name, value)
    runner = FakeRunner(id_tokens=[jwt()])
    identity = get(runner, use_existing=True, role_to_assume=ROLES["deploy"])
    assert (identity.source, identity.found) == ("environment", True)
    assert runner.audiences == []


@pytest.mark.parametrize("wrong", ["refused", "another account's", "none"])
def test_existing_credentials_that_will_not_do_are_replaced(
    sts: FakeSts, monkeypatch: pytest.MonkeyPatch, wrong: str
) -> None:
    if wrong != "none":
        for name, value in STALE.items():
            monkeypatch.setenv(name, value)
    if wrong == "refused":
        sts.refuse("GetCallerIdentity", "ExpiredToken", "The security token is expired")
    runner = FakeRunner(id_tokens=[jwt()])
    identity = get(
        runner, use_existing=True, role_to_assume=ROLES["deploy"], accounts=allowing("222222222222")
    )
    assert (identity.source, identity.account) == ("oidc", "222222222222")
    assert [a.kind for a in runner.annotations] == ["notice"]
    assert len(sts.called("GetCallerIdentity")) == (wrong != "none")


@pytest.mark.parametrize("chosen", ["environment", "profile", "container", "instance"])
def test_a_source_that_is_named_and_gives_nothing_is_no_other(
    sts: FakeSts, monkeypatch: pytest.MonkeyPatch, chosen: str
) -> None:
    if chosen != "environment":
        for name, value in STALE.items():
            monkeypatch.setenv(name, value)
    with pytest.raises(ActionError, match=f"`credential-source` is `{chosen}`"):
        get(source=chosen)
    assert sts.requests == []


def test_a_profile_can_be_chosen_over_keys_in_the_environment(
    sts: FakeSts, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "credentials").write_text(
        "[ci]\naws_access_key_id = AKIAPROFILE\naws_secret_access_key = x\n"
    )
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_PROFILE", "ci")
    for name, value in STALE.items():
        monkeypatch.setenv(name, value)
    assert get(source="profile").source == "profile"
    assert signer(sts, "GetCallerIdentity") == "AKIAPROFILE"


def test_keys_that_are_to_be_unset_are_not_looked_at(sts: FakeSts, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in STALE.items():
        monkeypatch.setenv(name, value)
    runner = FakeRunner()
    environ = {name: value for name, value in runner.environ.items() if name not in STALE}
    with pytest.raises(ActionError, match="No AWS credentials"):
        obtain(DEFAULTS, runner, FakeClock(), environ=environ)
    assert sts.requests == []


@pytest.mark.parametrize(("attempts", "tries"), [(None, 3), (1, 1), (7, 7)])
def test_denials_are_tried_as_often_as_asked(sts: FakeSts, attempts: int | None, tries: int) -> None:
    sts.refuse("AssumeRoleWithWebIdentity", "AccessDenied", "Not authorized")
    with pytest.raises(ActionError):
        get(FakeRunner(id_tokens=[jwt()]), role_to_assume=ROLES["deploy"], attempts=attempts)
    assert len(sts.requests) == tries


def test_what_can_not_heal_is_tried_once_however_many_tries_are_asked(sts: FakeSts) -> None:
    sts.refuse("AssumeRoleWithWebIdentity", "ValidationError", "exceeds the MaxSessionDuration", status=400)
    with pytest.raises(ActionError):
        get(FakeRunner(id_tokens=[jwt()]), role_to_assume=ROLES["deploy"], attempts=12)
    assert len(sts.requests) == 1


def test_an_endpoint_of_the_inputs_wins(sts: FakeSts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:1")
    get(FakeRunner(id_tokens=[jwt()]), role_to_assume=ROLES["deploy"], sts_endpoint=sts.url)
    assert sts.actions == ["AssumeRoleWithWebIdentity"]


@pytest.mark.usefixtures("sts")
def test_account_ids_are_hidden_where_that_is_asked() -> None:
    runner = FakeRunner(id_tokens=[jwt()])
    get(runner, role_to_assume=ROLES["deploy"], mask_account=True)
    assert runner.log.index("::add-mask::222222222222") < runner.log.index("Assuming arn")


def test_a_configuration_file_that_is_broken_is_named(
    sts: FakeSts, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "config").write_text("[default\nregion=x")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    with pytest.raises(ActionError, match=str(tmp_path / "config")):
        get(FakeRunner(id_tokens=[jwt()]), role_to_assume=ROLES["deploy"])
    assert sts.requests == []


def test_keys_with_special_characters_are_asked_for_anew_where_tools_can_not_quote(sts: FakeSts) -> None:
    """The fake's keys have `-` in them always, so this also shows the end of the asking."""
    get(FakeRunner(id_tokens=[jwt()]), role_to_assume=ROLES["deploy"], plain_keys=True)
    assert len(sts.requests) == 40


def test_a_proxy_of_the_inputs_is_used_for_aws(sts: FakeSts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", "http://sts.invalid")
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    proxy = sts.url.replace("http://", "http://user:canary-password@")
    runner = FakeRunner(id_tokens=[jwt()])
    identity = get(runner, role_to_assume=ROLES["deploy"], http_proxy=proxy)
    assert sts.actions == ["AssumeRoleWithWebIdentity"]
    assert (identity.http_proxy, "canary" in repr(identity)) == (proxy, False)
    assert "canary-password" in runner.masks
    # For AWS alone: neither GitHub nor a cluster is asked through it, and no child is given it.
    assert os.environ["https_proxy"] == "http://127.0.0.1:1"


def test_githubs_service_may_stumble_where_an_environment_is_asked_for(sts: FakeSts) -> None:
    refused = IdTokenRefused("Busy", "HTTP 503", transient=True)
    runner = FakeRunner(id_tokens=[refused, jwt(environment="production")])
    assert get(runner, accounts=PROTECTED, role_to_assume=ROLES["deploy"]).account == "222222222222"
    assert sts.actions == ["AssumeRoleWithWebIdentity"]


PROTECTED = AccountRules(
    allowed=(), aliases={"222222222222": "prod"}, protected={"222222222222": ("production",)}
)


@pytest.mark.parametrize("how", ["oidc", "chain"])
def test_a_protected_account_is_refused_before_aws_is_asked(
    sts: FakeSts, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    for name, value in STALE.items():
        monkeypatch.setenv(name, value)
    role: dict[str, Any] = {"role_to_assume": ROLES["deploy"]}
    if how == "chain":
        role = {"role_chaining": True, **role}
    runner = FakeRunner(id_tokens=[jwt(environment="staging")])
    with pytest.raises(ActionError, match="is protected"):
        get(runner, accounts=PROTECTED, **role)
    assert sts.requests == []
    allowed = FakeRunner(id_tokens=[jwt(environment="production")])
    assert get(allowed, accounts=PROTECTED, **role).alias == "prod"
    assert "(prod)" in allowed.log


def test_a_protected_account_is_refused_without_a_token_to_prove_the_job(
    sts: FakeSts, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in STALE.items():
        monkeypatch.setenv(name, value)
    sts.ambient_arn = "arn:aws:sts::222222222222:assumed-role/runner/i-0abc"
    with pytest.raises(ActionError, match="id-token: write"):
        get(FakeRunner(), accounts=PROTECTED)
