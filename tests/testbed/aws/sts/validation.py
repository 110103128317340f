"""The parameters of STS's operations, refused with STS's sentences.

https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
"""

import re
from collections.abc import Iterator, Mapping

from testbed.aws.errors import AwsError

ROLE_ARN = re.compile(r"arn:aws:iam::\d{12}:role/[\w+=,.@/-]{1,577}")
SESSION_NAME = re.compile(r"[\w+=,.@-]*", re.ASCII)
DURATION = (900, 43200)
CHAINED_LIMIT = (
    3600  # seconds; https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html (role chaining)
)


def role_request(parameters: Mapping[str, str]) -> tuple[str, str, int]:
    """Role ARN, session name and duration in seconds."""
    name = required(parameters, "RoleSessionName")
    if not SESSION_NAME.fullmatch(name):
        raise _constraint(
            name, "roleSessionName", r"Member must satisfy regular expression pattern: [\w+=,.@-]*"
        )
    if len(name) < 2:
        raise _constraint(name, "roleSessionName", "Member must have length greater than or equal to 2")
    if len(name) > 64:
        raise _constraint(name, "roleSessionName", "Member must have length less than or equal to 64")
    arn = required(parameters, "RoleArn")
    if not arn.startswith("arn:"):
        raise AwsError("ValidationError", f"{arn} is invalid")
    if not ROLE_ARN.fullmatch(arn):
        raise AwsError("ValidationError", "Request ARN is invalid")
    return arn, name, _duration(parameters.get("DurationSeconds", "3600"))


def _duration(text: str) -> int:
    if not text.isdigit():
        raise AwsError("MalformedInput", "Start of structure or map found where not expected.")
    least, most = DURATION
    if int(text) < least:
        raise _constraint(text, "durationSeconds", f"Member must have value greater than or equal to {least}")
    if int(text) > most:
        raise _constraint(text, "durationSeconds", f"Member must have value less than or equal to {most}")
    return int(text)


def required(parameters: Mapping[str, str], name: str) -> str:
    value = parameters.get(name)
    if value is None:
        field = name[0].lower() + name[1:]
        raise AwsError(
            "ValidationError",
            f"1 validation error detected: Value null at '{field}' failed to satisfy constraint: "
            "Member must not be null",
        )
    return value


def members(parameters: Mapping[str, str], prefix: str) -> Iterator[dict[str, str]]:
    """The query protocol's lists: Tags.member.1.Key=…; a list of plain values has the field "".

    https://docs.aws.amazon.com/STS/latest/APIReference/making-requests.html
    """
    index = 1
    while True:
        start = f"{prefix}.member.{index}"
        item = {
            key[len(start) + 1 :]: v
            for key, v in parameters.items()
            if key == start or key.startswith(f"{start}.")
        }
        if not item:
            return
        yield item
        index += 1


def _constraint(value: str, field: str, rule: str) -> AwsError:
    return AwsError(
        "ValidationError",
        f"1 validation error detected: Value '{value}' at '{field}' failed to satisfy constraint: {rule}",
    )
