"""Regions and partitions, known offline from the data that botocore carries."""

import difflib
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from botocore.loaders import create_loader

from actionkit.aws.arn import RoleArn


@lru_cache(maxsize=1)
def _partitions() -> tuple[dict[str, Any], ...]:
    return tuple(create_loader().load_data("partitions")["partitions"])


def partition(region: str) -> str:
    """The partition a region's name belongs to; empty where no partition has such names."""
    for each in _partitions():
        if region in each["regions"] or re.match(each["regionRegex"], region):
            return str(each["id"])
    return ""


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
