"""Single inputs of aws/inputs.yml, each with its own rules."""

import re
from dataclasses import dataclass

from actionkit.aws import arn
from actionkit.aws.arn import RoleArn, RoleName
from actionkit.aws.identity import Credentials
from actionkit.inputs import Reader

# https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
SESSION_NAME = r"[\w+=,.@-]{2,64}"
EXTERNAL_ID = r"[\w+=,.@:/-]{2,1224}"
SHORTEST_SECONDS = 900
LONGEST_SECONDS = 43200
USUAL_SECONDS = 3600
USUAL_SESSION_NAME = "GitHubActions"
MOST_ATTEMPTS = 100
URL = r"https?://([^\s/?#@]+@)?[\w.-]+(:[0-9]{1,5})?(/[^\s?#]*)?"


@dataclass(frozen=True, kw_only=True)
class Hop:
    """A role assumed with another role's credentials; the external id is empty where none is asked for."""

    role: RoleArn
    external_id: str


def first_role(reader: Reader) -> RoleArn | RoleName | None:
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


def hop(reader: Reader, line: str) -> Hop | None:
    text, bar, external_id = (part.strip() for part in line.partition("|"))
    if bar and not re.fullmatch(EXTERNAL_ID, external_id, re.ASCII):
        reader.problem(
            "role-chain",
            f"has an external id for `{text}` that AWS doesn't take",
            "Write `ARN|external-id`; an external id has 2 to 1224 letters, digits and `_+=,.@:/-`.",
        )
    role = _role(reader, "role-chain", text)
    return Hop(role=role, external_id=external_id) if role else None


def keys(reader: Reader) -> Credentials | None:
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


def session_name(reader: Reader) -> str:
    name = reader.text("role-session-name") or USUAL_SESSION_NAME
    if not re.fullmatch(SESSION_NAME, name, re.ASCII):
        reader.problem(
            "role-session-name",
            f"is `{name}`, which AWS doesn't take",
            "Use 2 to 64 letters, digits and `_+=,.@-`; a branch name's `/` isn't among them.",
        )
    return name


def external_id(reader: Reader) -> str:
    found = reader.text("role-external-id")
    if found and not re.fullmatch(EXTERNAL_ID, found, re.ASCII):
        reader.problem(
            "role-external-id", "isn't what AWS takes", "It has 2 to 1224 letters, digits and `_+=,.@:/-`."
        )
    return found


def url(reader: Reader, name: str, example: str) -> str:
    """Not shown in a problem: it can hold a password."""
    found = reader.text(name)
    if found and not re.fullmatch(URL, found, re.ASCII):
        reader.problem(
            name, "isn't a URL", f"Write one such as `{example}`; special characters of a password as `%40`."
        )
        return ""
    return found


def attempts(reader: Reader) -> int | None:
    given = reader.text("retry-max-attempts")
    attempts = reader.integer("retry-max-attempts", 1, MOST_ATTEMPTS, default=1)
    if reader.boolean("disable-retry", default=False):
        return 1
    return attempts if given else None
