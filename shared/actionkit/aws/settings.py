"""The inputs of aws/inputs.yml as values."""

import re
from dataclasses import dataclass
from pathlib import Path

from actionkit.aws import accounts, arn, regions, session_policies, session_tags, source
from actionkit.aws.accounts import AccountRules
from actionkit.aws.arn import RoleArn, RoleName
from actionkit.aws.identity import Credentials
from actionkit.aws.session_policies import SessionPolicies
from actionkit.aws.session_tags import TagSettings
from actionkit.inputs import Reader

INPUTS = frozenset(
    {
        "account-aliases",
        "allowed-account-ids",
        "audience",
        "aws-access-key-id",
        "aws-region",
        "aws-secret-access-key",
        "aws-session-token",
        "credential-source",
        "custom-tags",
        "disable-retry",
        "force-skip-oidc",
        "http-proxy",
        "inline-session-policy",
        "managed-session-policies",
        "mask-aws-account-id",
        "no-proxy",
        "require-environment",
        "retry-max-attempts",
        "role-chain",
        "role-chaining",
        "role-duration-seconds",
        "role-external-id",
        "role-session-name",
        "role-skip-session-tagging",
        "role-to-assume",
        "special-characters-workaround",
        "sts-endpoint",
        "transitive-tag-keys",
        "use-existing-credentials",
        "web-identity-token-file",
    }
)
# https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
SESSION_NAME = r"[\w+=,.@-]{2,64}"
EXTERNAL_ID = r"[\w+=,.@:/-]{2,1224}"
SHORTEST_SECONDS = 900
LONGEST_SECONDS = 43200
USUAL_SECONDS = 3600
USUAL_SESSION_NAME = "GitHubActions"
MOST_ATTEMPTS = 100


@dataclass(frozen=True, kw_only=True)
class Hop:
    """A role assumed with another role's credentials; the external id is empty where none is asked for."""

    role: RoleArn
    external_id: str


@dataclass(frozen=True, kw_only=True)
class CredentialSettings:
    """How to get credentials. No `role_to_assume`: the chain starts from what `source` gives.

    source: one of source.CHOICES. keys: the static ones of the inputs. plain_keys: letters and digits alone.
    attempts: of each call, in all; None where the kind of failure decides.
    """

    source: str
    role_to_assume: RoleArn | RoleName | None
    role_chain: tuple[Hop, ...]
    role_chaining: bool
    force_skip_oidc: bool
    use_existing: bool
    keys: Credentials | None
    web_identity_token_file: Path | None
    aws_region: str
    audience: str
    role_session_name: str
    role_duration_seconds: int
    role_external_id: str
    policies: SessionPolicies
    tags: TagSettings
    accounts: AccountRules
    mask_account: bool
    sts_endpoint: str
    http_proxy: str
    no_proxy: str
    plain_keys: bool
    attempts: int | None

    @property
    def roles(self) -> tuple[RoleArn, ...]:
        """All roles on the way whose account is known, the last one being who we will be."""
        first = (self.role_to_assume,) if isinstance(self.role_to_assume, RoleArn) else ()
        return (*first, *(hop.role for hop in self.role_chain))

    @property
    def last_role(self) -> RoleArn | RoleName | None:
        return self.role_chain[-1].role if self.role_chain else self.role_to_assume

    @property
    def decided(self) -> str:
        """The source, by the table in source.py; never `auto`."""
        return source.decide(
            source.Given(
                source=self.source,
                role=bool(self.role_to_assume),
                keys=bool(self.keys),
                token_file=bool(self.web_identity_token_file),
                role_chaining=self.role_chaining,
            )
        )


def read(reader: Reader) -> CredentialSettings:
    """Records what is wrong in `reader`. `obtain` settles an empty `aws_region`, from the environment."""
    settings = CredentialSettings(
        source=reader.choice("credential-source", source.CHOICES, default=source.AUTO),
        role_to_assume=_first_role(reader),
        role_chain=tuple(hop for line in reader.lines("role-chain") if (hop := _hop(reader, line))),
        role_chaining=reader.boolean("role-chaining", default=False),
        force_skip_oidc=reader.boolean("force-skip-oidc", default=False),
        use_existing=reader.boolean("use-existing-credentials", default=False),
        keys=_keys(reader),
        web_identity_token_file=reader.path("web-identity-token-file"),
        aws_region=reader.text("aws-region"),
        audience=reader.required("audience"),
        role_session_name=_session_name(reader),
        role_duration_seconds=reader.integer(
            "role-duration-seconds", SHORTEST_SECONDS, LONGEST_SECONDS, default=USUAL_SECONDS
        ),
        role_external_id=_external_id(reader),
        policies=session_policies.read(reader),
        tags=session_tags.read(reader),
        accounts=accounts.read(reader),
        mask_account=reader.boolean("mask-aws-account-id", default=False),
        sts_endpoint=_url(reader, "sts-endpoint", "https://vpce-1234.sts.eu-west-1.vpce.amazonaws.com"),
        http_proxy=_url(reader, "http-proxy", "http://proxy.example.com:3128"),
        no_proxy=reader.text("no-proxy"),
        plain_keys=reader.boolean("special-characters-workaround", default=False),
        attempts=_attempts(reader),
    )
    if settings.aws_region and (wrong := regions.problem(settings.aws_region, settings.roles)):
        reader.problem("aws-region", *wrong)
    _check_source(reader, settings)
    return settings


def _check_source(reader: Reader, settings: CredentialSettings) -> None:
    """What the chosen source needs beside itself."""
    needs = {
        source.OIDC: (settings.role_to_assume, "role-to-assume"),
        source.KEYS: (settings.keys, "aws-access-key-id"),
        source.TOKEN_FILE: (settings.role_to_assume, "role-to-assume"),
    }
    given, name = needs.get(settings.source, (True, ""))
    if not given:
        reader.problem("credential-source", f"is `{settings.source}`", f"It needs `{name}` as well.")
    if settings.source == source.TOKEN_FILE and not settings.web_identity_token_file:
        reader.problem("credential-source", "is `token-file`", "It needs `web-identity-token-file` as well.")
    if isinstance(settings.role_to_assume, RoleName) and settings.decided in source.BY_WEB_IDENTITY:
        reader.problem(
            "role-to-assume",
            f"is `{settings.role_to_assume}`, a role's name, and a token has no account to look for it in",
            "Write the role's ARN, such as `arn:aws:iam::111111111111:role/deploy`.",
        )
    if settings.web_identity_token_file and not settings.role_to_assume:
        reader.problem("web-identity-token-file", "is given without a role", "Give `role-to-assume`.")
    bare = not (settings.keys or settings.web_identity_token_file or settings.role_chaining)
    if settings.force_skip_oidc and settings.role_to_assume and bare and settings.source == source.AUTO:
        reader.problem(
            "force-skip-oidc",
            "is `true`, and nothing else says how to become the role",
            "Give `aws-access-key-id`, `web-identity-token-file`, `role-chaining` or `credential-source`.",
        )


def _first_role(reader: Reader) -> RoleArn | RoleName | None:
    text = reader.text("role-to-assume")
    if not text or text.startswith("arn:"):
        return _role(reader, "role-to-assume", text) if text else None
    if not re.fullmatch(arn.NAME, text, re.ASCII):
        _no_role(reader, "role-to-assume", text)
        return None
    return RoleName(text=text)


def _role(reader: Reader, name: str, text: str) -> RoleArn | None:
    found = arn.role(text)
    if not found:
        _no_role(reader, name, text)
    return found


def _no_role(reader: Reader, name: str, text: str) -> None:
    reader.problem(
        name,
        f"has `{text}`, which is no role's ARN",
        "Write it whole, such as `arn:aws:iam::111111111111:role/deploy`.",
    )


def _hop(reader: Reader, line: str) -> Hop | None:
    text, bar, external_id = (part.strip() for part in line.partition("|"))
    if bar and not re.fullmatch(EXTERNAL_ID, external_id, re.ASCII):
        reader.problem(
            "role-chain",
            f"has an external id for `{text}` that AWS doesn't take",
            "Write `ARN|external-id`; an external id has 2 to 1224 letters, digits and `_+=,.@:/-`.",
        )
    role = _role(reader, "role-chain", text)
    return Hop(role=role, external_id=external_id) if role else None


def _keys(reader: Reader) -> Credentials | None:
    """Never shown in a problem: what is wrong with a secret is told without it."""
    names = ("aws-access-key-id", "aws-secret-access-key", "aws-session-token")
    key, secret, token = (reader.text(name) for name in names)
    for name, value in zip(names, (key, secret, token), strict=True):
        if re.search(r"\s", value):
            reader.problem(
                name, "has a space or a line break in it", "Look at the secret that it comes from."
            )
    if key and not secret:
        reader.problem(
            "aws-secret-access-key",
            "is empty, and `aws-access-key-id` isn't",
            "Give both. A secret that isn't there is an empty text: pull requests from forks get none.",
        )
    if (secret or token) and not key:
        reader.problem(
            "aws-access-key-id", "is empty, and its secret or token isn't", "Give both, or neither."
        )
    if not (key and secret):
        return None
    return Credentials(access_key_id=key, secret_access_key=secret, session_token=token)


def _session_name(reader: Reader) -> str:
    name = reader.text("role-session-name") or USUAL_SESSION_NAME
    if not re.fullmatch(SESSION_NAME, name, re.ASCII):
        reader.problem(
            "role-session-name",
            f"is `{name}`, which AWS doesn't take",
            "Use 2 to 64 letters, digits and `_+=,.@-`; a branch name's `/` isn't among them.",
        )
    return name


def _external_id(reader: Reader) -> str:
    found = reader.text("role-external-id")
    if found and not re.fullmatch(EXTERNAL_ID, found, re.ASCII):
        reader.problem(
            "role-external-id", "isn't what AWS takes", "It has 2 to 1224 letters, digits and `_+=,.@:/-`."
        )
    return found


def _url(reader: Reader, name: str, example: str) -> str:
    """Not shown in a problem: it can hold a password."""
    found = reader.text(name)
    if found and not re.fullmatch(r"https?://[^\s/]+(/\S*)?", found):
        reader.problem(name, "isn't a URL", f"Write one such as `{example}`.")
    return found


def _attempts(reader: Reader) -> int | None:
    given = reader.text("retry-max-attempts")
    attempts = reader.integer("retry-max-attempts", 1, MOST_ATTEMPTS, default=1)
    if reader.boolean("disable-retry", default=False):
        return 1
    return attempts if given else None
