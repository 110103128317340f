"""Faults of ECR's registries and of Docker Hub, at the front that stands for them and in their storage."""

from functools import partial

from testbed.faults import disk_full
from testbed.faults.fault import Fault, Memory, Parameter, Values, one_of, seconds
from testbed.faults.wire import AFTER, TIMES, at_unit, status, wire_fault

REQUESTS = ("ping", "token", "manifest", "blob", "upload", "tags")
WHERE = (
    Parameter(
        name="host",
        text="a glob of host names: *.dkr.ecr.*, registry-1.docker.io, auth.docker.io",
        default="*",
    ),
    Parameter(
        name="request",
        text=f"of which kind: {', '.join(REQUESTS)}, any",
        default="any",
        read=one_of(*REQUESTS, "any"),
    ),
    Parameter(
        name="method",
        text="GET, HEAD, POST, PATCH, PUT, any",
        default="any",
        read=one_of("GET", "HEAD", "POST", "PATCH", "PUT", "any"),
    ),
    Parameter(name="repository", text="a glob of names: app, team/*, library/*", default="*"),
)
_registry = partial(wire_fault, unit=at_unit("aws"))


def _rate(text: str) -> float:
    found = seconds(text)
    if found and found < 100:
        raise ValueError("it is 0 (as fast as it goes), or at least 100 bytes a second")
    return found


def _fill(values: Values) -> Memory:
    return disk_full.fill() if values["of"] == "bytes" else {}


def _empty(values: Values, _memory: Memory) -> None:
    if values["of"] == "bytes":
        disk_full.empty()


FAULTS = (
    _registry(
        "registry-error",
        "a registry refuses a request",
        (
            *WHERE,
            Parameter(name="status", text="the HTTP status", default="500", read=status),
            Parameter(
                name="code", text="the registry's error code (default: as it has for the status)", default=""
            ),
            Parameter(name="message", text="its sentence (default: likewise)", default=""),
            Parameter(name="retry_after", text="seconds in the header Retry-After; empty: none", default=""),
            TIMES,
            AFTER,
        ),
    ),
    _registry(
        "registry-slow",
        "a registry is slow",
        (
            *WHERE,
            Parameter(name="rate", text="bytes a second, in both directions", default="65536", read=_rate),
            Parameter(name="delay", text="seconds before all that", default="0", read=seconds),
            TIMES,
            AFTER,
        ),
    ),
    _registry(
        "registry-hang",
        "a registry takes a request and doesn't answer until it is healed",
        (*WHERE, TIMES, AFTER),
    ),
    _registry(
        "registry-cut",
        "a registry's connection is reset in the middle",
        (
            *WHERE,
            Parameter(
                name="at",
                text="request (half of its body is read) or answer (half of its body is sent)",
                default="answer",
                read=one_of("request", "answer"),
            ),
            TIMES,
            AFTER,
        ),
    ),
    Fault(
        name="registry-full",
        text="no more fits into the registry",
        parameters=(
            Parameter(
                name="of",
                text="bytes (the storage's disk, of all registries) or images (ECR's quota for a repository)",
                default="bytes",
                read=one_of("bytes", "images"),
            ),
            Parameter(name="repository", text="a glob, with of=images", default="*"),
        ),
        units=lambda values: ["registry" if values["of"] == "bytes" else "aws"],
        strike=_fill,
        heal=_empty,
    ),
)
