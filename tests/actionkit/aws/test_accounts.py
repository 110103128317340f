import pytest

from actionkit.aws import accounts, claims
from actionkit.aws.accounts import AccountRules
from actionkit.errors import ActionError, InvalidInputs
from actionkit.inputs import Reader
from fake_sts import jwt

NAMES = frozenset({"allowed-account-ids", "account-aliases", "require-environment"})
ALIASES = "dev=222222222222, prod = 333333333333"


def read(allowed: str = "", aliases: str = ALIASES, protected: str = "") -> AccountRules:
    given = {"allowed-account-ids": allowed, "account-aliases": aliases, "require-environment": protected}
    reader = Reader(given, NAMES)
    found = accounts.read(reader)
    reader.finish()
    return found


def test_accounts_may_be_called_by_their_names() -> None:
    found = read("dev\n111111111111", protected="prod=production\nprod=refs/heads/main")
    assert found.allowed == ("222222222222", "111111111111")
    assert found.protected == {"333333333333": ("production", "refs/heads/main")}
    assert (found.named("222222222222"), found.named("111111111111")) == (
        "222222222222 (dev)",
        "111111111111",
    )


def test_a_wrong_account_is_shown_with_its_name() -> None:
    with pytest.raises(ActionError, match=r"account 333333333333 \(prod\).*allows 222222222222 \(dev\)"):
        read("dev").require_allowed("333333333333")


@pytest.mark.parametrize(
    ("pattern", "job", "fits"),
    [
        ("production", {"environment": "production"}, True),
        ("prod*", {"environment": "production-eu"}, True),
        ("production", {"environment": "Production"}, False),
        ("production", {}, False),
        ("production", {"ref": "production"}, False),
        ("*", {}, False),
        ("*", {"environment": "any"}, True),
        ("prod[u]ction", {"environment": "production"}, False),
        ("refs/heads/main", {"ref": "refs/heads/main"}, True),
        ("refs/tags/v*", {"ref": "refs/tags/v1.2"}, True),
        ("refs/heads/main", {"environment": "refs/heads/main", "ref": "refs/heads/x"}, False),
    ],
)
def test_a_protected_account_asks_for_what_github_says_of_the_job(
    pattern: str, job: dict[str, str], fits: bool
) -> None:
    rules = read(protected=f"prod={pattern}")
    if fits:
        rules.require_environment("333333333333", lambda: claims.read(jwt(**job)))
        return
    with pytest.raises(ActionError, match=r"333333333333 \(prod\) is protected") as caught:
        rules.require_environment("333333333333", lambda: claims.read(jwt(**job)))
    assert f"`{pattern}`" in caught.value.message


def test_accounts_that_nobody_protects_cost_no_token() -> None:
    def unasked() -> claims.Claims:
        raise AssertionError

    read(protected="prod=production").require_environment("222222222222", unasked)


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        ({"aliases": "dev"}, "has `dev`"),
        ({"aliases": "dev=2222"}, "has `dev=2222`"),
        ({"aliases": "222222222222=dev"}, "has `222222222222=dev`"),
        ({"aliases": "dev=222222222222,dev=333333333333"}, "twice"),
        ({"aliases": "dev=222222222222,test=222222222222"}, "twice"),
        ({"allowed": "staging"}, "`staging`, which is no account id"),
        ({"allowed": "dev,"}, "an empty element"),
        ({"protected": "prod"}, "has `prod`"),
        ({"protected": "prod="}, "has `prod=`"),
        ({"protected": "staging=x"}, "has `staging=x`"),
        ({"protected": "prod=x,"}, "has ``"),
    ],
)
def test_a_guard_that_cannot_be_understood_is_an_error(inputs: dict[str, str], said: str) -> None:
    with pytest.raises(InvalidInputs) as caught:
        read(**inputs)
    assert said in caught.value.message
