"""AWS's own managed policies by ARN, from moto's copy of them."""

import json
from functools import cache

from moto.iam.aws_managed_policies import aws_managed_policies_data

from testbed.aws.authority import PolicyDocument


@cache
def known() -> dict[str, PolicyDocument]:
    """Some 1,600 documents; read when the first session asks for one."""
    policies = json.loads(aws_managed_policies_data)
    return {
        f"arn:aws:iam::aws:policy{policy.get('Path', '/')}{name}": policy["Document"]
        for name, policy in policies.items()
    }
