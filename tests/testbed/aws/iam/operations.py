"""IAM's API, as far as a deploying job may see it: GetRole.

https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRole.html
"""

import json
from typing import Any
from urllib.parse import quote

from testbed.aws.errors import AwsError
from testbed.aws.service import Call, Permissions
from testbed.aws.sts.validation import required
from testbed.aws.world import CREATED, World

NAMESPACE = "https://iam.amazonaws.com/doc/2010-05-08/"


class Iam:
    def __init__(self, world: World, permissions: Permissions) -> None:
        self._world = world
        self._permissions = permissions
        self.operations = {"GetRole": self.get_role}

    def get_role(self, call: Call) -> dict[str, Any]:
        name = required(call.parameters, "RoleName")
        arn = f"arn:aws:iam::{call.caller.principal.account}:role/{name}"
        self._permissions.require(call, arn, code="AccessDenied")
        role = self._world.role(arn)
        if role is None:
            raise AwsError("NoSuchEntity", f"The role with name {name} cannot be found.", 404)
        return {
            "Role": {
                "Path": "/",
                "RoleName": role.name,
                "RoleId": role.id,
                "Arn": role.arn,
                "CreateDate": CREATED,
                "AssumeRolePolicyDocument": quote(json.dumps(role.trust)),
                "MaxSessionDuration": role.max_session_duration,
            }
        }
