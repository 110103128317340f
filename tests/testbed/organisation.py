"""The organisation that the testbed builds, read from a file: what exists, and where.

What the file may say, and how it is checked, is in organisation_file/.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from typing import Any

import yaml

from testbed import paths

BUILT_IN = paths.PACKAGE / "organisation.yaml"
POLICIES = paths.REPOSITORY / "examples" / "aws"


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
    manifests: tuple[Path, ...] = ()  # applied by `up` as administrator
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
    def default_runner(self) -> RunnerHost:
        """The first one: where a workflow runs unless told otherwise, and what the other kinds are like."""
        return next(iter(self.runners.values()))

    @property
    def home(self) -> Account:
        """The default runner's account; its VPC has the host `tester` too."""
        return self.default_runner.account

    @property
    def registry(self) -> str:
        """Of the account that has the first repository, or else the default runner."""
        account = self.repositories[0].account if self.repositories else self.home
        return f"{account.id}.dkr.ecr.{self.region}.amazonaws.com"


def load() -> Organisation:
    """The one that is up, as its file was at the last `up`; the built-in one if none is."""
    note = paths.organisation() / "source"
    return read(Path(note.read_text()), note.parent / "files") if note.exists() else built_in()


def built_in() -> Organisation:
    return read(BUILT_IN)


def read(file: Path, root: Path = Path("/")) -> Organisation:
    """Read a file that has been checked, or a copy of it and of all that it names, below `root`."""
    file = Path(os.path.abspath(file))  # noqa: PTH100  resolve() would follow links, and the copy has none
    raw: dict[str, Any] = yaml.safe_load((root / file.relative_to("/")).read_text(encoding="utf-8"))
    folder = file.parent / raw.get("policies", "")

    def place(name: str) -> Path:
        return root / Path(os.path.normpath(folder / name)).relative_to("/")

    accounts = {
        alias: Account(alias=alias, id=a["id"], vpc=IPv4Network(a["vpc"]))
        for alias, a in raw["accounts"].items()
    }
    roles = {role.arn: role for role in (_role(r, accounts, place) for r in raw["roles"])}
    return Organisation(
        region=raw["region"],
        github=raw["github-organisation"],
        accounts=accounts,
        peerings=tuple((accounts[a], accounts[b]) for a, b in raw.get("peerings", ())),
        oidc_providers=tuple(_oidc_provider(p, accounts) for p in raw.get("oidc-providers", ())),
        roles=roles,
        repositories=tuple(_repository(r, accounts, place) for r in raw.get("repositories", ())),
        clusters={c["name"]: _cluster(c, accounts, roles, place) for c in raw.get("clusters", ())},
        runners={r["name"]: _runner(r, accounts, roles) for r in raw["runners"]},
    )


def _oidc_provider(raw: dict[str, Any], accounts: dict[str, Account]) -> OidcProvider:
    return OidcProvider(account=accounts[raw["account"]], url=raw["url"], audiences=tuple(raw["audiences"]))


def _role(raw: dict[str, Any], accounts: dict[str, Account], place: Callable[[str], Path]) -> Role:
    return Role(
        account=accounts[raw["account"]],
        name=raw["name"],
        trust=place(raw["trust"]),
        policies=tuple(map(place, raw.get("policies", ()))),
    )


def _repository(
    raw: dict[str, Any], accounts: dict[str, Account], place: Callable[[str], Path]
) -> Repository:
    return Repository(
        account=accounts[raw["account"]],
        name=raw["name"],
        policy=place(raw["policy"]) if "policy" in raw else None,
        immutable=raw.get("immutable", False),
    )


def _cluster(
    raw: dict[str, Any],
    accounts: dict[str, Account],
    roles: dict[str, Role],
    place: Callable[[str], Path],
) -> Cluster:
    account = accounts[raw["account"]]
    return Cluster(
        name=raw["name"],
        account=account,
        address=IPv4Address(raw["address"]),
        node_role=_find(account, raw["node-role"], roles),
        access_entries=tuple(_access_entry(e, account, roles) for e in raw.get("access-entries", ())),
        authentication_mode=raw.get("authentication-mode", "API_AND_CONFIG_MAP"),
        manifests=tuple(map(place, raw.get("manifests", ()))),
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
