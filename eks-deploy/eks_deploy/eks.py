"""The cluster as EKS describes it: endpoint, authority, and the facts that explain why it can't be
reached.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from botocore.exceptions import BotoCoreError, ClientError

from actionkit.aws.explain import explain
from actionkit.aws.identity import Identity
from actionkit.errors import ActionError

# A cluster that is being updated serves; one that is being created or deleted doesn't.
_USABLE = frozenset({"ACTIVE", "UPDATING", "PENDING", "UPGRADING"})


@dataclass(frozen=True, kw_only=True)
class Cluster:
    name: str
    arn: str
    endpoint: str
    authority: str
    version: str
    vpc: str
    security_group: str
    public: bool
    private: bool
    public_cidrs: tuple[str, ...]
    authentication_mode: str

    @property
    def host(self) -> str:
        return urlsplit(self.endpoint).hostname or ""

    @property
    def port(self) -> int:
        return urlsplit(self.endpoint).port or 443

    @property
    def region(self) -> str:
        return self.arn.split(":")[3]

    @property
    def partition(self) -> str:
        return self.arn.split(":")[1]


def describe(client: Any, name: str, identity: Identity) -> Cluster:
    """DescribeCluster; a name that doesn't exist is answered with those that do, where ListClusters
    is allowed.
    """
    try:
        answer = client.describe_cluster(name=name)["cluster"]
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") == "ResourceNotFoundException":
            raise _no_such_cluster(client, name, identity) from None
        raise explain(
            error,
            doing=f"finding the cluster {name} (eks:DescribeCluster)",
            identity=identity,
            hint="The role needs eks:DescribeCluster on the cluster: examples/aws/eks-describe.json.",
        ) from None
    except BotoCoreError as error:
        raise explain(
            error, doing=f"finding the cluster {name} (eks:DescribeCluster)", identity=identity
        ) from None
    return from_answer(answer)


def from_answer(answer: dict[str, Any]) -> Cluster:
    """The `cluster` of a DescribeCluster answer; raises ActionError for one that can't be used yet."""
    status, name = answer.get("status", "ACTIVE"), str(answer.get("name"))
    endpoint = answer.get("endpoint")
    data = (answer.get("certificateAuthority") or {}).get("data")
    if status not in _USABLE or not endpoint or not data:
        raise ActionError(
            "The cluster can't be used now",
            f"EKS says that the cluster {name} is {status}.",
            "Wait until it is ACTIVE (`aws eks wait cluster-active`), then run the job again.",
        )
    vpc = answer.get("resourcesVpcConfig") or {}
    return Cluster(
        name=name,
        arn=str(answer["arn"]),
        endpoint=str(endpoint),
        authority=base64.b64decode(data).decode(),
        version=str(answer.get("version") or ""),
        vpc=str(vpc.get("vpcId") or ""),
        security_group=str(vpc.get("clusterSecurityGroupId") or ""),
        public=bool(vpc.get("endpointPublicAccess")),
        private=bool(vpc.get("endpointPrivateAccess")),
        public_cidrs=tuple(vpc.get("publicAccessCidrs") or ()),
        authentication_mode=str((answer.get("accessConfig") or {}).get("authenticationMode") or ""),
    )


def _no_such_cluster(client: Any, name: str, identity: Identity) -> ActionError:
    where = f"account {identity.account}, region {client.meta.region_name}"
    try:
        names = client.list_clusters()["clusters"]
    except (BotoCoreError, ClientError):
        seen = (
            "Its other clusters can't be named: eks:ListClusters isn't allowed (it would only help "
            "this message)."
        )
    else:
        seen = f"Clusters there: {', '.join(names)}." if names else "There is no cluster at all."
    return ActionError(
        "No such cluster",
        f"There is no cluster {name!r} in {where}. {seen}",
        "Is it the right account and region? The role decides the account, `aws-region` the region.",
    )
