"""Names of the organisation file: each given once, and each that is referred to there."""

from collections.abc import Iterable, Sequence

from testbed.organisation_file.document import Entry, Problems, perhaps

# Hosts and networks that the testbed has of its own; runner-NAME is a runner's host.
RESERVED_HOSTS = ("aws", "proxy", "router", "tester", "runner")
RESERVED_NETWORKS = ("internet",)
KEYS = {
    "oidc-providers": ("account", "url"),
    "roles": ("account", "name"),
    "repositories": ("account", "name"),
    "clusters": ("name",),
    "runners": ("name",),
}


def check(document: Entry, kinds: Iterable[str], problems: Problems) -> None:
    """`kinds`: names of the runners that every testbed has besides."""
    accounts = accounts_of(document)
    _unique(accounts.values(), ("id",), problems)
    for name, account in accounts.items():
        if name in RESERVED_NETWORKS:
            problems.add(account, f"`{name}` is a network of the testbed's own: take another name")
    for collection, keys in KEYS.items():
        _unique(document.each(collection), keys, problems)
        for entry in document.each(collection):
            _known(entry.get("account"), accounts, "there is no account", problems)
    _check_peerings(document, accounts, problems)
    _check_roles(document, problems)
    _check_host_names(document, kinds, problems)


def accounts_of(document: Entry) -> dict[str, Entry]:
    found = document.get("accounts")
    return {name.text: account for name, account in found.keys} if found else {}


def roles_of(document: Entry) -> dict[tuple[str, str], Entry]:
    """By account and name."""
    return {(role.word("account"), role.word("name")): role for role in document.each("roles")}


def instance_roles(document: Entry) -> list[tuple[str, Entry]]:
    """Account and name of every role that an instance, a runner or a node, has."""
    clusters = [(c.word("account"), c.get("node-role")) for c in document.each("clusters")]
    runners = [(r.word("account"), r.get("instance-role")) for r in document.each("runners")]
    return [(account, role) for account, role in (*clusters, *runners) if role]


def _check_peerings(document: Entry, accounts: dict[str, Entry], problems: Problems) -> None:
    seen: set[frozenset[str]] = set()
    for pair in document.each("peerings"):
        for name in pair.items:
            _known(name, accounts, "there is no account", problems)
        ends = frozenset(name.text for name in pair.items)
        if len(pair.items) == 2 and len(ends) == 1:
            problems.add(pair, "a VPC isn't peered with itself")
        if ends in seen:
            problems.add(pair, "this peering is there twice")
        seen.add(ends)


def _check_roles(document: Entry, problems: Problems) -> None:
    wanted = instance_roles(document)
    for cluster in document.each("clusters"):
        entries = cluster.each("access-entries")
        _unique(entries, ("role",), problems)
        wanted += [(cluster.word("account"), role) for entry in entries if (role := entry.get("role"))]
    known = roles_of(document)
    for account, role in wanted:
        there = {name: entry for (owner, name), entry in known.items() if owner == account}
        _known(role, there, f"account `{account}` has no role", problems)


def _check_host_names(document: Entry, kinds: Iterable[str], problems: Problems) -> None:
    for cluster in document.each("clusters"):
        name = cluster.word("name")
        if name in RESERVED_HOSTS or name.startswith("runner-"):
            place = cluster.get("name") or cluster
            problems.add(place, f"`{name}` is a host of the testbed's own: take another name")
    for runner in document.each("runners"):
        name = runner.word("name")
        if name in kinds:
            place = runner.get("name") or runner
            problems.add(place, f"every testbed has a runner `{name}`: take another name")


def _known(entry: Entry | None, there: Iterable[str], lacking: str, problems: Problems) -> None:
    if entry and entry.text and entry.text not in there:
        problems.add(entry, f"{lacking} `{entry.text}`{perhaps(entry.text, there)}")


def _unique(entries: Iterable[Entry], keys: Sequence[str], problems: Problems) -> None:
    """The last of the keys is the one that the problem is shown at."""
    seen: dict[tuple[str, ...], int] = {}
    for entry in entries:
        value = tuple(map(entry.word, keys))
        if not all(value):
            continue  # what is missing has been said
        place = entry.get(keys[-1]) or entry
        if value in seen:
            problems.add(place, f"`{value[-1]}` is there twice, first in line {seen[value]}")
        seen.setdefault(value, place.line)
