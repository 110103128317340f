"""Ranges and addresses of the organisation file: each in its place, none given twice."""

from collections.abc import Mapping
from ipaddress import IPv4Address, IPv4Network

from testbed.organisation_file.document import Entry, Problems
from testbed.organisation_file.references import accounts_of
from testbed.topology import PODS_FROM, PROXY_HOST_NUMBER, TESTER_HOST_NUMBER

# AWS's largest VPC; the testbed's own numbers, of pods above all, are made for it.
# https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html
PREFIX = 16
TAKEN = {
    "Docker's bridge on a runner": IPv4Network("172.17.0.0/16"),
    "services in a cluster": IPv4Network("172.20.0.0/16"),
}
# "The first four IP addresses and the last IP address in each subnet CIDR block are not available":
# https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html
AWS_RESERVES = 4


def check(document: Entry, kinds: Mapping[str, int], problems: Problems) -> None:
    """`kinds`: the numbers, in the first runner's VPC, of the runners that every testbed has."""
    networks = {name: _network(account, problems) for name, account in accounts_of(document).items()}
    _check_overlaps(document, networks, problems)
    runners = document.each("runners")
    home = networks.get(runners[0].word("account")) if runners else None
    taken: dict[IPv4Address, str] = {}
    if home:
        taken[home[TESTER_HOST_NUMBER]] = "the host `tester`"
        taken[home[PROXY_HOST_NUMBER]] = "the host `proxy`"
        taken |= {home[number]: f"the runner `{name}`" for name, number in kinds.items()}
    for entry in (*document.each("clusters"), *runners):
        place, network = entry.get("address"), networks.get(entry.word("account"))
        if not place or not place.text or network is None:
            continue
        wrong = _wrong(place.text, network, taken)
        if wrong:
            problems.add(place, wrong)
        else:
            taken[IPv4Address(place.text)] = f"`{entry.word('name')}` in line {place.line}"


def _network(account: Entry, problems: Problems) -> IPv4Network | None:
    place = account.get("vpc")
    if place is None or not place.text:
        return None
    try:
        network = IPv4Network(place.text, strict=False)
    except ValueError:
        problems.add(place, f"`{place.text}` is not a network such as 10.10.0.0/16")
        return None
    wrong = ""
    if network.prefixlen != PREFIX:
        wrong = f"`{place.text}` is not a /{PREFIX}, the one size of a VPC here"
    elif str(network) != place.text:
        wrong = f"`{place.text}` has bits set behind its prefix: write {network}"
    elif not network.is_private or network.overlaps(IPv4Network("198.18.0.0/15")):
        wrong = f"`{place.text}` is not private: take one of 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16"
    for whose, taken in TAKEN.items():
        if network.overlaps(taken):
            wrong = wrong or f"`{place.text}` is the range of {whose}: take another"
    if wrong:
        problems.add(place, wrong)
    return None if wrong else network


def _check_overlaps(document: Entry, networks: Mapping[str, IPv4Network | None], problems: Problems) -> None:
    """Also of VPCs without a peering: the testbed has one router for all."""
    accounts = accounts_of(document)
    seen: list[tuple[str, IPv4Network]] = []
    for name, network in networks.items():
        if network is None:
            continue
        for other, there in seen:
            if network.overlaps(there):
                place = accounts[name].get("vpc") or accounts[name]
                problems.add(place, f"`{network}` overlaps that of `{other}`, `{there}`")
        seen.append((name, network))


def _wrong(text: str, network: IPv4Network, taken: Mapping[IPv4Address, str]) -> str:
    try:
        address = IPv4Address(text)
    except ValueError:
        return f"`{text}` is not an IPv4 address"
    if address not in network:
        return f"{address} is not in the account's VPC, {network}"
    number = int(address) - int(network.network_address)
    if number < AWS_RESERVES or address == network.broadcast_address:
        return f"{address} is one of AWS's own in a subnet: the first four and the last"
    if number >= PODS_FROM:
        return f"{address} is where pods are: take one below {network[PODS_FROM]}"
    return f"{address} is that of {taken[address]}" if address in taken else ""
