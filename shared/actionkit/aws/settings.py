"""The inputs of aws/inputs.yml as values."""

import re
from dataclasses import dataclass

from actionkit.aws import arn, regions
from actionkit.aws.arn import RoleArn
from actionkit.inputs import Reader

INPUTS = frozenset(
    {
        "allowed-account-ids",
        "audience",
        "aws-region",
        "role-chain",
        "role-duration-seconds",
        "role-session-name",
        "role-to-assume",
    }
)
# https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
SESSION_NAME = r"[\w+=,.@-]{2,64}"
EXTERNAL_ID = r"[\w+=,.@:/-]{2,1224}"
SHORTEST_SECONDS = 900
LONGEST_SECONDS = 43200


@dataclass(frozen=True, kw_only=True)
class Hop:
    """A role assumed with another role's credentials; the external id is empty where none is asked for."""

    role: RoleArn
    external_id: str


@dataclass(frozen=True, kw_only=True)
class CredentialSettings:
    """How to get credentials. No `role_to_assume`: the chain starts from what the environment has."""

    role_to_assume: RoleArn | None
    role_chain: tuple[Hop, ...]
    aws_region: str
    audience: str
    role_session_name: str
    role_duration_seconds: int
    allowed_account_ids: tuple[str, ...]

    @property
    def roles(self) -> tuple[RoleArn, ...]:
        """All roles on the way, the last one being who we will be."""
        first = (self.role_to_assume,) if self.role_to_assume else ()
        return (*first, *(hop.role for hop in self.role_chain))


def read(reader: Reader) -> CredentialSettings:
    """Records what is wrong in `reader`. `obtain` settles an empty `aws_region`, from the environment."""
    settings = CredentialSettings(
        role_to_assume=_first_role(reader),
        role_chain=tuple(hop for line in reader.lines("role-chain") if (hop := _hop(reader, line))),
        aws_region=reader.text("aws-region"),
        audience=reader.required("audience"),
        role_session_name=_session_name(reader),
        role_duration_seconds=reader.integer("role-duration-seconds", SHORTEST_SECONDS, LONGEST_SECONDS),
        allowed_account_ids=_accounts(reader),
    )
    if settings.aws_region and (wrong := regions.problem(settings.aws_region, settings.roles)):
        reader.problem("aws-region", *wrong)
    return settings


def _first_role(reader: Reader) -> RoleArn | None:
    text = reader.text("role-to-assume")
    return _role(reader, "role-to-assume", text) if text else None


def _role(reader: Reader, name: str, text: str) -> RoleArn | None:
    found = arn.role(text)
    if not found:
        reader.problem(
            name,
            f"has `{text}`, which is no role's ARN",
            "Write it whole, such as `arn:aws:iam::111111111111:role/deploy`.",
        )
    return found


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


def _session_name(reader: Reader) -> str:
    name = reader.required("role-session-name")
    if name and not re.fullmatch(SESSION_NAME, name, re.ASCII):
        reader.problem(
            "role-session-name",
            f"is `{name}`, which AWS doesn't take",
            "Use 2 to 64 letters, digits and `_+=,.@-`; a branch name's `/` isn't among them.",
        )
    return name


def _accounts(reader: Reader) -> tuple[str, ...]:
    """An empty element fails: it is what an unset variable leaves of a list that should have guarded us."""
    text = reader.text("allowed-account-ids")
    accounts = tuple(part.strip() for part in re.split(r"[,\n]", text)) if text else ()
    for account in accounts:
        if not re.fullmatch("[0-9]{12}", account):
            shown = f"`{account}`" if account else "an empty element"
            reader.problem(
                "allowed-account-ids",
                f"has {shown}, which is no account id",
                "An account id has 12 digits. In YAML, quote it: a leading zero is lost otherwise.",
            )
    return accounts
