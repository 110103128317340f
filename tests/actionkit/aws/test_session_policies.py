import json

import pytest

from actionkit.aws import session_policies
from actionkit.aws.session_policies import SessionPolicies
from actionkit.errors import InvalidInputs
from actionkit.inputs import Reader

READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"
POLICY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "ecr:*", "Resource": "*"}]}


def read(inline: str = "", managed: str = "") -> SessionPolicies:
    names = {"inline-session-policy": inline, "managed-session-policies": managed}
    reader = Reader(names, frozenset(names))
    found = session_policies.read(reader)
    reader.finish()
    return found


def test_a_policy_is_sent_without_the_spaces_that_count() -> None:
    found = read(json.dumps(POLICY, indent=8), f"{READ_ONLY}\narn:aws-cn:iam::111111111111:policy/p/x")
    assert found.parameters() == {
        "Policy": json.dumps(POLICY, separators=(",", ":")),
        "PolicyArns.member.1.arn": READ_ONLY,
        "PolicyArns.member.2.arn": "arn:aws-cn:iam::111111111111:policy/p/x",
    }


def test_without_any_nothing_is_sent() -> None:
    assert read().parameters() == {}


def test_a_policy_may_be_as_long_as_aws_takes() -> None:
    padded = {**POLICY, "Id": ""}
    room = 2048 - len(json.dumps(padded, separators=(",", ":")))
    assert len(read(json.dumps({**POLICY, "Id": "x" * room})).inline) == 2048
    with pytest.raises(InvalidInputs, match="has 2049 characters"):
        read(json.dumps({**POLICY, "Id": "x" * (room + 1)}))


@pytest.mark.parametrize(
    ("inline", "managed", "said"),
    [
        ("{", "", "isn't JSON"),
        ("[]", "", "has no `Statement`"),
        ("", "ReadOnlyAccess", "no managed policy's ARN"),
        ("", "arn:aws:iam::111111111111:role/x", "no managed policy's ARN"),
        ("", "\n".join([READ_ONLY] * 11), "has 11 policies"),
    ],
)
def test_what_aws_does_not_take_is_refused(inline: str, managed: str, said: str) -> None:
    with pytest.raises(InvalidInputs) as caught:
        read(inline, managed)
    assert said in caught.value.message
