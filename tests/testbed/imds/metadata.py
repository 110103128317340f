"""What an instance can read about itself, by path.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-instance-metadata.html#instancedata-data-categories
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

Credentials = Callable[[], dict[str, Any]]  # the control socket's answer


@dataclass(frozen=True, kw_only=True)
class Instance:
    id: str
    region: str
    account: str
    role_name: str
    address: str

    @property
    def zone(self) -> str:
        return f"{self.region}a"

    @property
    def host_name(self) -> str:
        return f"ip-{self.address.replace('.', '-')}.{self.region}.compute.internal"


def tree(instance: Instance, credentials: Credentials) -> dict[str, Callable[[], str]]:
    """Text by path below /latest/; folders are listed from it."""
    profile = f"arn:aws:iam::{instance.account}:instance-profile/{instance.role_name}"
    return {
        "meta-data/instance-id": lambda: instance.id,
        "meta-data/instance-type": lambda: "m7i.large",
        "meta-data/local-ipv4": lambda: instance.address,
        "meta-data/local-hostname": lambda: instance.host_name,
        "meta-data/placement/region": lambda: instance.region,
        "meta-data/placement/availability-zone": lambda: instance.zone,
        "meta-data/services/domain": lambda: "amazonaws.com",
        "meta-data/services/partition": lambda: "aws",
        "meta-data/iam/info": lambda: json.dumps(
            {"Code": "Success", "LastUpdated": _now(), "InstanceProfileArn": profile}
        ),
        f"meta-data/iam/security-credentials/{instance.role_name}": lambda: _document(credentials()),
        "dynamic/instance-identity/document": lambda: json.dumps(_identity(instance), indent=2),
    }


def listing(paths: list[str], folder: str) -> str | None:
    """A folder's entries, one a line, folders with a slash; None if there is no such folder."""
    start = f"{folder.rstrip('/')}/" if folder else ""
    names: dict[str, None] = {}
    for path in sorted(paths):
        if path.startswith(start):
            head, slash, _ = path[len(start) :].partition("/")
            names[head + slash] = None
    return "\n".join(names) if names else None


def _document(made: dict[str, Any]) -> str:
    """https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-metadata-security-credentials.html"""
    return json.dumps(
        {
            "Code": "Success",
            "LastUpdated": _now(),
            "Type": "AWS-HMAC",
            "AccessKeyId": made["access_key_id"],
            "SecretAccessKey": made["secret_access_key"],
            "Token": made["session_token"],
            "Expiration": made["expiration"],
        },
        indent=2,
    )


def _identity(instance: Instance) -> dict[str, Any]:
    """https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-identity-documents.html"""
    return {
        "accountId": instance.account,
        "architecture": "x86_64",
        "availabilityZone": instance.zone,
        "instanceId": instance.id,
        "instanceType": "m7i.large",
        "privateIp": instance.address,
        "region": instance.region,
        "version": "2017-09-30",
    }


def _now() -> str:
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
