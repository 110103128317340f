"""Faults of instance metadata, one host's at a time: the service's answers, and its place in the network."""

import subprocess
from functools import partial

from testbed import processes, units
from testbed.errors import TestbedError
from testbed.faults.fault import Fault, Memory, Parameter, Values, one_of
from testbed.faults.wire import AFTER, DELAY, TIMES, status, wire_fault

HOP_LIMIT = 2  # what AWS advises where containers need it
TTL = "/proc/sys/net/ipv4/ip_default_ttl"
PARTS = ("token", "role", "credentials", "other")
HOST = Parameter(name="host", text="the instance: runner-peered, dev, prod", default="runner-peered")
PART = Parameter(
    name="part",
    text=f"of what: {', '.join(PARTS)}, any",
    default="any",
    read=one_of(*PARTS, "any"),
)
# What a packet to the service meets; tcp-reset is what a port without a listener sends.
TARGETS = {"refused": "REJECT --reject-with tcp-reset", "silent": "DROP"}


def _unit(values: Values) -> str:
    return f"imds-{values['host']}"


def _hops(text: str) -> int:
    if not (text.isdigit() and 1 <= int(text) <= 64):
        raise ValueError("it is a number from 1 to 64")
    return int(text)


def _block(values: Values) -> Memory:
    inside(_unit(values), _rule("-I", values))
    return {}


def _unblock(values: Values, _memory: Memory) -> None:
    """Without the rule, iptables fails, and all is well."""
    if units.running(_unit(values)):
        inside(_unit(values), f"{_rule('-D', values)} || true")


def _rule(action: str, values: Values) -> str:
    return f"iptables -w {action} INPUT -p tcp --dport 80 -j {TARGETS[values['answer']]}"


def _limit(values: Values) -> Memory:
    before = inside(_unit(values), f"cat {TTL} && echo {values['limit']} > {TTL}")
    return {"limit": int(before)}


def _unlimit(values: Values, memory: Memory) -> None:
    if units.running(_unit(values)):
        inside(_unit(values), f"echo {memory.get('limit', HOP_LIMIT)} > {TTL}")


def inside(unit: str, script: str) -> str:
    """What the shell prints in the service's own network namespace."""
    outer = units.running(unit)
    assert outer
    (server,) = processes.children(outer)
    command = ["nsenter", f"--net=/proc/{server}/ns/net", "sh", "-c", script]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise TestbedError(f"{unit}: `{script}` failed", done.stderr.strip())
    return done.stdout


_imds = partial(wire_fault, unit=_unit)

FAULTS = (
    _imds(
        "imds-error",
        "instance metadata answers with an error; part=role status=404: there is no role",
        (
            HOST,
            PART,
            Parameter(name="status", text="the HTTP status", default="500", read=status),
            TIMES,
            AFTER,
        ),
    ),
    _imds("imds-slow", "instance metadata takes its time", (HOST, PART, DELAY, TIMES, AFTER)),
    Fault(
        name="imds-absent",
        text="instance metadata can't be reached",
        parameters=(
            HOST,
            Parameter(
                name="answer",
                text="refused (no such port) or silent (packets are lost)",
                default="refused",
                read=one_of(*TARGETS),
            ),
        ),
        units=lambda values: [_unit(values)],
        strike=_block,
        heal=_unblock,
    ),
    Fault(
        name="imds-hop-limit",
        text="instance metadata's answers live for so many hops: 1 keeps containers out",
        parameters=(HOST, Parameter(name="limit", text="from 1 to 64", default="1", read=_hops)),
        units=lambda values: [_unit(values)],
        strike=_limit,
        heal=_unlimit,
    ),
)
