"""Everything behind the front, made once: state, services, and the authority that the registry asks."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from testbed.aws.authority import Decision, PolicyDocument, Principal
from testbed.aws.calls import Calls
from testbed.aws.ecr.operations import EcrApi, registry
from testbed.aws.ecr.store import EcrStore
from testbed.aws.eks.access_entries import AccessEntries
from testbed.aws.eks.clusters import Clusters
from testbed.aws.eks.operations import EksApi
from testbed.aws.errors import AwsError
from testbed.aws.faults import Faults
from testbed.aws.iam.operations import Iam
from testbed.aws.moto_rest import Moto
from testbed.aws.service import Call, Permissions
from testbed.aws.sessions import Clock, Sessions, utc_now
from testbed.aws.sts.operations import Sts
from testbed.aws.sts.web_identity import Jwks
from testbed.aws.wire import Request, Response
from testbed.aws.world import World
from testbed.faults.aws import FAULTS
from testbed.organisation import Organisation

Handler = Callable[[Call], dict[str, Any]]


class Backend:
    """Also the AwsAuthority of testbed.aws.authority."""

    def __init__(self, organisation: Organisation, state: Path, jwks: Jwks, clock: Clock = utc_now) -> None:
        (state / "aws").mkdir(parents=True, exist_ok=True)
        self.calls = Calls(state / "aws" / "calls.jsonl")
        self.faults = Faults(state / "faults", FAULTS)
        self.world = World(organisation)
        self._clock = clock
        self.sessions = Sessions(self.now, state / "aws" / "sessions.jsonl")
        self._moto = Moto()
        self.permissions = Permissions(self.world, self.sessions)
        self.ecr = EcrStore(organisation, state / "aws" / "ecr.json")
        self.clusters = Clusters(organisation, state)
        self.access_entries = AccessEntries(self.clusters, self.world)
        self._ecr_api = EcrApi(self.ecr, self.sessions, self.permissions)
        self._eks_api = EksApi(self.clusters, self.access_entries, self.permissions)
        self._handlers: dict[str, Mapping[str, Handler]] = {
            "sts": Sts(self.world, self.sessions, self.permissions, jwks).operations,
            "iam": Iam(self.world, self.permissions).operations,
            "ecr": self._ecr_api.operations,
            "eks": self._eks_api.operations,
        }

    def now(self) -> datetime:
        """AWS's clock, which may be wrong."""
        return self._clock() + timedelta(seconds=self.faults.offset("aws-clock"))

    def authorize(self, call: Call) -> None:
        """ECR and EKS decide from the call alone; STS and IAM ask within their operations."""
        if call.service == "ecr":
            self._ecr_api.authorize(call)
        if call.service == "eks":
            self._eks_api.authorize(call)

    def handler(self, call: Call) -> Handler | None:
        """None: moto's. Only ECR has more operations than these."""
        found = self._handlers[call.service].get(call.operation)
        if found is None and call.service != "ecr":
            raise AwsError(
                "InvalidAction",
                f"Could not find operation {call.operation} for version of the testbed's {call.service}",
            )
        return found

    def by_moto(self, request: Request, call: Call) -> Response:
        answer = self._moto.answer(request, f"api.ecr.{call.region}.amazonaws.com", registry(call))
        self.ecr.save()
        return answer

    def restore(self) -> None:
        """IAM as at the start; images, sessions, faults and the ways into clusters stay."""
        self.world.restore()

    def principal_of_ecr_token(self, password: str) -> Principal | None:
        return self.sessions.principal_of_ecr_password(password)

    def decide(
        self,
        principal: Principal,
        action: str,
        resource_arn: str,
        resource_policy: PolicyDocument | None,
        context: Mapping[str, Any],
    ) -> Decision:
        return self.permissions.decide(principal, action, resource_arn, resource_policy, context)

    def record(self, call: Mapping[str, Any]) -> None:
        self.calls.record(call)
