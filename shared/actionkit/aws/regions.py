"""Regions and partitions, known offline from the data that botocore carries."""

import difflib
import json
import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import botocore

from actionkit.aws.arn import RoleArn


@lru_cache(maxsize=1)
def _partitions() -> tuple[dict[str, Any], ...]:
    # The file itself: botocore's loader comes with most of botocore.
    data = Path(botocore.__file__).parent / "data" / "partitions.json"
    return tuple(json.loads(data.read_text())["partitions"])


def partition(region: str) -> str:
    """The partition a region's name belongs to; empty where no partition has such names."""
    found = _partition(region)
    return str(found["id"]) if found else ""


def suffix(region: str, *, dual_stack: bool) -> str:
    """What host names of a region's services end in: `amazonaws.com`, or `api.aws` for dual-stack ones."""
    found = _partition(region)
    if not found:
        raise ValueError(region)
    return str(found["outputs"]["dualStackDnsSuffix" if dual_stack else "dnsSuffix"])


def _partition(region: str) -> dict[str, Any] | None:
    for each in _partitions():
        if region in each["regions"] or re.match(each["regionRegex"], region):
            return each
    return None


def is_known(region: str) -> bool:
    return any(region in each["regions"] for each in _partitions()) and not region.endswith("-global")


def nearest(region: str) -> str:
    """The region that a mistyped one was probably meant to be, or an empty string."""
    names = [r for each in _partitions() for r in each["regions"] if not r.endswith("-global")]
    return next(iter(difflib.get_close_matches(region, names, n=1)), "")


def problem(region: str, roles: Sequence[RoleArn]) -> tuple[str, str] | None:
    """What can't be right about a region and the roles used in it: (`is …`, next step)."""
    here = partition(region)
    if not here or region.endswith("-global"):
        guess = (
            f"Perhaps you meant `{nearest(region)}`."
            if nearest(region)
            else "Name one such as `eu-central-1`."
        )
        return f"is `{region}`, which is no AWS region", guess
    for role in roles:
        if role.partition != here:
            return (
                f"is `{region}`, in the partition {here}, while the role {role} is in {role.partition}",
                "Credentials don't cross partitions: give a region and a role of the same one.",
            )
    return None
