"""Faults of GitHub's OIDC issuer, and of the service that gives a job its ID token."""

from functools import partial

from testbed.faults.fault import Parameter, one_of
from testbed.faults.wire import AFTER, DELAY, PAGE, TIMES, at_unit, offset, status, wire_fault

PARTS = ("token", "configuration", "jwks")
PART = Parameter(
    name="part",
    text="token (a job asks for it), configuration or jwks (STS asks for them), any",
    default="token",
    read=one_of(*PARTS, "any"),
)
_oidc = partial(wire_fault, unit=at_unit("aws"))

FAULTS = (
    _oidc(
        "oidc-error",
        "GitHub's OIDC answers with an error",
        (
            PART,
            Parameter(name="status", text="the HTTP status", default="500", read=status),
            TIMES,
            AFTER,
        ),
    ),
    _oidc("oidc-slow", "GitHub's OIDC takes its time", (PART, DELAY, TIMES, AFTER)),
    _oidc(
        "oidc-garbage",
        "GitHub's OIDC answers something else than what was asked for",
        (PART, PAGE, Parameter(name="status", text="the HTTP status", default="200", read=int), TIMES, AFTER),
    ),
    _oidc(
        "oidc-clock",
        "the issuer's clock is wrong: its tokens are expired, or of the future",
        (Parameter(name="offset", text="seconds: +3600 is ahead, -3600 behind", read=offset),),
    ),
)
