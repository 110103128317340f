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
class AccessPolicy:
    """One of EKS's own. `namespaces`: its scope; None is the whole cluster."""

    name: str
    namespaces: tuple[str, ...] | None = None

    @property
    def arn(self) -> str:
        return f"arn:aws:eks::aws:cluster-access-policy/{self.name}"


@dataclass(frozen=True, kw_only=True)
class AccessEntry:
    role: Role
    groups: tuple[str, ...] = ()
    policies: tuple[AccessPolicy, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Cluster:
    name: str
    account: Account
    address: IPv4Address
    node_role: Role
    access_entries: tuple[AccessEntry, ...]
    authentication_mode: str = "API_AND_CONFIG_MAP"  # or CONFIG_MAP, or API


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
    return Organisation(
        region=raw["region"],
        github=raw["github-organisation"],
        accounts=accounts,
        peerings=tuple((accounts[a], accounts[b]) for a, b in raw["peerings"]),
        oidc_providers=tuple(_oidc_provider(p, accounts) for p in raw["oidc-providers"]),
        roles=roles,
        repositories=tuple(_repository(r, accounts, policies) for r in raw["repositories"]),
        clusters={c["name"]: _cluster(c, accounts, roles) for c in raw["clusters"]},
        runners={r["name"]: _runner(r, accounts, roles) for r in raw["runners"]},
    )


def _oidc_provider(raw: dict[str, Any], accounts: dict[str, Account]) -> OidcProvider:
    return OidcProvider(account=accounts[raw["account"]], url=raw["url"], audiences=tuple(raw["audiences"]))


def _role(raw: dict[str, Any], accounts: dict[str, Account], policies: Path) -> Role:
    return Role(
        account=accounts[raw["account"]],
        name=raw["name"],
        trust=policies / raw["trust"],
        policies=tuple(policies / p for p in raw["policies"]),
    )


def _repository(raw: dict[str, Any], accounts: dict[str, Account], policies: Path) -> Repository:
    return Repository(
        account=accounts[raw["account"]],
        name=raw["name"],
        policy=policies / raw["policy"] if "policy" in raw else None,
        immutable=raw.get("immutable", False),
    )


def _cluster(raw: dict[str, Any], accounts: dict[str, Account], roles: dict[str, Role]) -> Cluster:
    account = accounts[raw["account"]]
    return Cluster(
        name=raw["name"],
        account=account,
        address=IPv4Address(raw["address"]),
        node_role=_find(account, raw["node-role"], roles),
        access_entries=tuple(_access_entry(e, account, roles) for e in raw["access-entries"]),
        authentication_mode=raw.get("authentication-mode", "API_AND_CONFIG_MAP"),
    )


def _access_entry(raw: dict[str, Any], account: Account, roles: dict[str, Role]) -> AccessEntry:
    return AccessEntry(
        role=_find(account, raw["role"], roles),
        groups=tuple(raw.get("groups", ())),
        policies=tuple(
            AccessPolicy(name=p["policy"], namespaces=tuple(p["namespaces"]) if "namespaces" in p else None)
            for p in raw.get("access-policies", ())
        ),
    )


def _runner(raw: dict[str, Any], accounts: dict[str, Account], roles: dict[str, Role]) -> RunnerHost:
    account = accounts[raw["account"]]
    return RunnerHost(
        name=raw["name"],
        account=account,
        address=IPv4Address(raw["address"]),
        instance_role=_find(account, raw["instance-role"], roles),
        labels=tuple(raw["labels"]),
    )


def _find(account: Account, name: str, roles: dict[str, Role]) -> Role:
    return roles[f"arn:aws:iam::{account.id}:role/{name}"]
