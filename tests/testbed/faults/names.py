"""Faults of the VPCs' resolver: names that don't exist, and no answer at all."""

from testbed import dns, organisation, processes, topology, units
from testbed.faults import signals
from testbed.faults.fault import Fault, Memory, Parameter, Values


def _units(_values: Values) -> list[str]:
    return [dns.UNIT]


def _zone(text: str) -> str:
    """A cluster's zone has the name of its endpoint: that is how EKS makes them."""
    org = organisation.load()
    if text in org.clusters:
        return topology.endpoint_host(org, org.clusters[text])
    if not any(dns.below(name, text) for name in topology.names(org)):
        raise ValueError(f"no name that the resolver knows is below it; nor is it one of {_clusters()}")
    return text


def _clusters() -> str:
    return ", ".join(organisation.load().clusters)


def _forget(values: Values) -> Memory:
    units.start(dns.unit(organisation.load(), values["zone"]))
    return {}


def _remember(_values: Values, _memory: Memory) -> None:
    units.start(dns.unit(organisation.load()))


def _resolver() -> list[int]:
    outer = units.running(dns.UNIT)
    return processes.children(outer) if outer else []


def _silence(_values: Values) -> Memory:
    signals.freeze(_resolver())
    return {}


def _speak(_values: Values, _memory: Memory) -> None:
    signals.thaw(_resolver())


FAULTS = (
    Fault(
        name="no-dns-zone",
        text="the resolver doesn't know a zone: its names don't exist, as if it weren't the VPC's",
        parameters=(
            Parameter(
                name="zone",
                text="a cluster, for its private zone, or a domain, such as sts.amazonaws.com",
                default="eks.amazonaws.com",
                read=_zone,
            ),
        ),
        units=_units,
        part=lambda _: "the resolver",
        strike=_forget,
        heal=_remember,
    ),
    Fault(
        name="dns-silent",
        text="the VPCs' resolver answers nothing",
        units=_units,
        part=lambda _: "the resolver",
        strike=_silence,
        heal=_speak,
    ),
)
