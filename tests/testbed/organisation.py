"""The organisation that the testbed builds, read from organisation.yaml: what exists, and where."""

from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent
POLICIES = HERE.parent.parent / "examples" / "aws"


@dataclass(frozen=True, kw_only=True)
class Account:
    alias: str
    id: str
    vpc: IPv4Network


@dataclass(frozen=True, kw_only=True)
class OidcProvider:
    account: Account
    url: str  # without scheme, as IAM shows it
    audiences: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Role:
    account: Account
    name: str
    trust: Path
    policies: tuple[Path, ...]

    @property
    def arn(self) -> str:
        return f"arn:aws:iam::{self.account.id}:role/{self.name}"


@dataclass(frozen=True, kw_only=True)
class Repository:
    account: Account
    name: str
    policy: Path | None = None
    immutable: bool = False


@dataclass(frozen=True, kw_only=True)
class AccessEntry:
    role: Role
    groups: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Cluster:
    name: str
    account: Account
    address: IPv4Address
    node_role: Role
    access_entries: tuple[AccessEntry, ...]


@dataclass(frozen=True, kw_only=True)
class RunnerHost:
    name: str
    account: Account
    address: IPv4Address
    instance_role: Role
    labels: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Organisation:
    region: str
    github: str
    accounts: dict[str, Account]
    peerings: tuple[tuple[Account, Account], ...]
    oidc_providers: tuple[OidcProvider, ...]
    roles: dict[str, Role] = field(repr=False)  # by ARN
    repositories: tuple[Repository, ...]
    clusters: dict[str, Cluster]
    runners: dict[str, RunnerHost]

    @property
    def registry(self) -> str:
        return f"{self.accounts['shared'].id}.dkr.ecr.{self.region}.amazonaws.com"


def load(path: Path = HERE / "organisation.yaml", policies: Path = POLICIES) -> Organisation:
    """Read an organisation file; policy file names are relative to `policies`."""
    raw: dict[str, Any] = yaml.safe_load(path.read_text())
    accounts = {
        alias: Account(alias=alias, id=a["id"], vpc=IPv4Network(a["vpc"]))
        for alias, a in raw["accounts"].items()
    }
    roles = {role.arn: role for role in (_role(r, accounts, policies) for r in raw["roles"])}

    def role(account: str, name: str) -> Role:
        return roles[f"arn:aws:iam::{accounts[account].id}:role/{name}"]

    return Organisation(
        region=raw["region"],
        github=raw["github-organisation"],
        accounts=accounts,
        peerings=tuple((accounts[a], accounts[b]) for a, b in raw["peerings"]),
        oidc_providers=tuple(
            OidcProvider(account=accounts[p["account"]], url=p["url"], audiences=tuple(p["audiences"]))
            for p in raw["oidc-providers"]
        ),
        roles=roles,
        repositories=tuple(
            Repository(
                account=accounts[r["account"]],
                name=r["name"],
                policy=policies / r["policy"] if "policy" in r else None,
                immutable=r.get("immutable", False),
            )
            for r in raw["repositories"]
        ),
        clusters={
            c["name"]: Cluster(
                name=c["name"],
                account=accounts[c["account"]],
                address=IPv4Address(c["address"]),
                node_role=role(c["account"], c["node-role"]),
                access_entries=tuple(
                    AccessEntry(role=role(c["account"], e["role"]), groups=tuple(e["groups"]))
                    for e in c["access-entries"]
                ),
            )
            for c in raw["clusters"]
        },
        runners={
            r["name"]: RunnerHost(
                name=r["name"],
                account=accounts[r["account"]],
                address=IPv4Address(r["address"]),
                instance_role=role(r["account"], r["instance-role"]),
                labels=tuple(r["labels"]),
            )
            for r in raw["runners"]
        },
    )


def _role(raw: dict[str, Any], accounts: dict[str, Account], policies: Path) -> Role:
    return Role(
        account=accounts[raw["account"]],
        name=raw["name"],
        trust=policies / raw["trust"],
        policies=tuple(policies / p for p in raw["policies"]),
    )
