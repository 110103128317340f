"""A role of the test's own that comes to a cluster: its tokens, its access entry, what the cluster says."""

import base64
import itertools
import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
from botocore.signers import RequestSigner

from testbed.bed import Bed, eventually

EC2 = {
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ]
}
ANYTHING = {"eks": {"Statement": [{"Effect": "Allow", "Action": "eks:*", "Resource": "*"}]}}
WHO = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
MAY = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
AWS_AUTH = "/api/v1/namespaces/kube-system/configmaps/aws-auth"
_seconds = itertools.cycle(range(60, 900))


def session_of(bed: Bed, role: str) -> boto3.Session:
    """As on an instance with this role."""
    given = bed.credentials(role)
    return boto3.Session(
        given["access_key_id"], given["secret_access_key"], given["session_token"], bed.org.region
    )


def token(session: boto3.Session, cluster: str) -> str:
    """What `aws eks get-token` prints: a presigned GetCallerIdentity. Each is another, so none is cached.

    https://github.com/kubernetes-sigs/aws-iam-authenticator#api-authorization-from-outside-a-cluster
    """
    client = session.client("sts")
    signer = RequestSigner(
        client.meta.service_model.service_id,
        session.region_name,
        "sts",
        "v4",
        session.get_credentials(),
        session.events,
    )
    host = f"https://sts.{session.region_name}.amazonaws.com/"
    request = {
        "method": "GET",
        "url": f"{host}?Action=GetCallerIdentity&Version=2011-06-15",
        "body": {},
        "headers": {"x-k8s-aws-id": cluster},
        "context": {},
    }
    url = signer.generate_presigned_url(request, "GetCallerIdentity", expires_in=next(_seconds))
    return "k8s-aws-v1." + base64.urlsafe_b64encode(url.encode()).decode().rstrip("=")


class Visitor:
    """A role `name` in the account of the cluster; `name` may have a path before it."""

    def __init__(self, bed: Bed, cluster: str, name: str) -> None:
        self._bed = bed
        self._api = bed.api(cluster)
        self.cluster = cluster
        self.account = bed.org.clusters[cluster].account.id
        self.name = name.rpartition("/")[2]
        self.arn = f"arn:aws:iam::{self.account}:role/{name}"
        self.create()
        self.eks = self._session().client("eks")

    def create(self) -> None:
        """The role; it may do anything with EKS's API, and what an entry says in the cluster."""
        self._bed.control.post(f"/roles/{self.arn}", trust=EC2, policies=ANYTHING)

    def delete(self) -> None:
        self._bed.control.delete(f"/roles/{self.arn}")

    def enter(self, **entry: Any) -> None:
        """Make the role's access entry."""
        self.eks.create_access_entry(**self.entry, **entry)

    @property
    def entry(self) -> dict[str, str]:
        return {"clusterName": self.cluster, "principalArn": self.arn}

    def associate(self, policy: str, *namespaces: str) -> None:
        """An access policy, in these namespaces or in the whole cluster."""
        scope = {"type": "namespace", "namespaces": list(namespaces)} if namespaces else {"type": "cluster"}
        self.eks.associate_access_policy(**self.entry, policyArn=policy_arn(policy), accessScope=scope)

    def ask(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        """Status and document of one request with a new token."""
        bearer = token(self._session(), self.cluster)
        status, answer = self._api.request(method, path, body, token=bearer)
        return status, json.loads(answer)

    def groups(self) -> list[str] | None:
        """What the cluster knows the role by, but for system:authenticated; None: it doesn't know it."""
        status, answer = self.ask(
            "POST", WHO, {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
        )
        if status == 401:
            return None
        found: list[str] = answer["status"]["userInfo"].get("groups", [])
        return [group for group in found if group != "system:authenticated"]

    def becomes(self, groups: list[str] | None) -> None:
        """Changes take a moment, here as there."""
        eventually(lambda: self.groups() == groups)

    def may(self, verb: str, resource: str, namespace: str = "", group: str = "") -> bool:
        """`kubectl auth can-i`."""
        attributes = {"verb": verb, "resource": resource, "namespace": namespace, "group": group}
        review = {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectAccessReview",
            "spec": {"resourceAttributes": attributes},
        }
        status, answer = self.ask("POST", MAY, review)
        assert status == 201, answer
        return bool(answer["status"]["allowed"])

    def _session(self) -> boto3.Session:
        return session_of(self._bed, self.arn)


@contextmanager
def visitor(bed: Bed, cluster: str, path: str = "") -> Iterator[Visitor]:
    """Somebody new; what EKS knows of the cluster's people is as at the start afterwards."""
    made = Visitor(bed, cluster, f"{path}test-{secrets.token_hex(4)}")
    yield made
    made.delete()
    bed.control.post(f"/clusters/{cluster}")


def policy_arn(name: str) -> str:
    return f"arn:aws:eks::aws:cluster-access-policy/{name}"
