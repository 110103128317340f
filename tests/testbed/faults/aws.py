"""Faults of AWS's APIs, at the front that stands for them."""

import difflib
from fnmatch import fnmatchcase
from functools import partial

from botocore.loaders import create_loader

from testbed.errors import TestbedError
from testbed.faults.fault import Memory, Parameter, Values, one_of
from testbed.faults.wire import AFTER, DELAY, PAGE, TIMES, at_unit, offset, status, wire_fault

SERVICES = ("sts", "iam", "ecr", "eks")


def operation(text: str) -> str:
    service, colon, name = text.partition(":")
    if not colon or not name or not any(fnmatchcase(known, service) for known in SERVICES):
        raise ValueError(f"it is SERVICE:Operation with one of {', '.join(SERVICES)}; * stands for any")
    known = [each for known in SERVICES if fnmatchcase(known, service) for each in _operations(known)]
    if not any(fnmatchcase(each, name) for each in known):
        near = difflib.get_close_matches(name, known, n=1)
        raise ValueError(f"{service} has no operation {name}" + (f"; perhaps {near[0]}" if near else ""))
    return text


def _operations(service: str) -> list[str]:
    model = create_loader().load_service_model(service, "service-2")
    return list(model["operations"])


OPERATION = Parameter(
    name="operation", text="SERVICE:Operation, such as sts:AssumeRole, ecr:* or *:*", read=operation
)


def _whole_service(values: Values) -> Memory:
    """During the handshake nobody knows yet what will be asked."""
    if values["at"] == "handshake" and not values["operation"].endswith(":*"):
        raise TestbedError(
            f"fault aws-cut: operation={values['operation']} can't be told apart during the handshake",
            "With at=handshake it is SERVICE:*, such as sts:*.",
        )
    return {}


_aws = partial(wire_fault, unit=at_unit("aws"))

FAULTS = (
    _aws(
        "aws-error",
        "an AWS operation answers with an error",
        (
            OPERATION,
            Parameter(name="code", text="AWS's error code", default="InternalFailure"),
            Parameter(name="message", text="AWS's sentence", default="The request failed."),
            Parameter(name="status", text="the HTTP status", default="500", read=status),
            TIMES,
            AFTER,
        ),
    ),
    _aws(
        "aws-throttle",
        "an AWS operation is throttled, with its service's own code",
        (OPERATION, TIMES, AFTER),
    ),
    _aws("aws-slow", "an AWS operation takes its time", (OPERATION, DELAY, TIMES, AFTER)),
    _aws(
        "aws-hang",
        "AWS reads a request and doesn't answer until it is healed",
        (OPERATION, TIMES, AFTER),
    ),
    _aws(
        "aws-cut",
        "AWS's connection is closed in the middle",
        (
            OPERATION,
            Parameter(
                name="at",
                text="handshake (of TLS, with any operation of a service: sts:*), request (read, not done), "
                "answer (done; half of it is sent)",
                default="answer",
                read=one_of("handshake", "request", "answer"),
            ),
            TIMES,
            AFTER,
        ),
        strike=_whole_service,
    ),
    _aws(
        "aws-garbage",
        "a proxy's answer instead of AWS's",
        (
            OPERATION,
            PAGE,
            Parameter(name="status", text="the HTTP status", default="502", read=int),
            TIMES,
            AFTER,
        ),
    ),
    _aws(
        "aws-clock",
        "AWS's clock is wrong against everybody else's",
        (Parameter(name="offset", text="seconds: +600 is ahead, -600 behind", read=offset),),
    ),
)
