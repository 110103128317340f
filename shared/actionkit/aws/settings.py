"""The inputs of aws/inputs.yml as values."""

from dataclasses import dataclass
from pathlib import Path

from actionkit.aws import accounts, fields, regions, session_policies, session_tags, source
from actionkit.aws.accounts import AccountRules
from actionkit.aws.arn import RoleArn, RoleName
from actionkit.aws.fields import LONGEST_SECONDS, SHORTEST_SECONDS, USUAL_SECONDS, Hop
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
        role_to_assume=fields.first_role(reader),
        role_chain=tuple(hop for line in reader.lines("role-chain") if (hop := fields.hop(reader, line))),
        role_chaining=reader.boolean("role-chaining", default=False),
        force_skip_oidc=reader.boolean("force-skip-oidc", default=False),
        use_existing=reader.boolean("use-existing-credentials", default=False),
        keys=fields.keys(reader),
        web_identity_token_file=reader.path("web-identity-token-file"),
        aws_region=reader.text("aws-region"),
        audience=reader.required("audience"),
        role_session_name=fields.session_name(reader),
        role_duration_seconds=reader.integer(
            "role-duration-seconds", SHORTEST_SECONDS, LONGEST_SECONDS, default=USUAL_SECONDS
        ),
        role_external_id=fields.external_id(reader),
        policies=session_policies.read(reader),
        tags=session_tags.read(reader),
        accounts=accounts.read(reader),
        mask_account=reader.boolean("mask-aws-account-id", default=False),
        sts_endpoint=fields.url(reader, "sts-endpoint", "https://vpce-1234.sts.eu-west-1.vpce.amazonaws.com"),
        http_proxy=fields.url(reader, "http-proxy", "http://proxy.example.com:3128"),
        no_proxy=reader.text("no-proxy"),
        plain_keys=reader.boolean("special-characters-workaround", default=False),
        attempts=fields.attempts(reader),
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
    if settings.force_skip_oidc and settings.source == source.OIDC:
        reader.problem(
            "force-skip-oidc", "is `true`, and `credential-source` `oidc`", "Leave one of them out."
        )
    narrowed = settings.policies != session_policies.NO_POLICIES
    if narrowed and (not settings.last_role or settings.use_existing):
        reader.problem(
            "inline-session-policy" if settings.policies.inline else "managed-session-policies",
            "can narrow only a role that is assumed",
            "Give `role-to-assume` or `role-chain`, and leave out `use-existing-credentials`.",
        )
    _warn_without_effect(reader, settings)
    if settings.force_skip_oidc and settings.role_to_assume and bare and settings.source == source.AUTO:
        reader.problem(
            "force-skip-oidc",
            "is `true`, and nothing else says how to become the role",
            "Give `aws-access-key-id`, `web-identity-token-file`, `role-chaining` or `credential-source`.",
        )


def _warn_without_effect(reader: Reader, settings: CredentialSettings) -> None:
    by_role = bool(settings.role_to_assume) and settings.decided not in source.BY_WEB_IDENTITY
    if settings.role_external_id and not by_role:
        reader.warnings.append(
            "The input `role-external-id` has no effect here: web identity takes none, and the hops of "
            "`role-chain` have their own (`ARN|external-id`)."
        )
    if (settings.tags.custom or settings.tags.transitive) and not by_role and not settings.role_chain:
        reader.warnings.append(
            "The inputs `custom-tags` and `transitive-tag-keys` have no effect here: a session by web "
            "identity has the tags that its token carries."
        )
