"""What a cluster's own programs read of EKS: who is whom, what access policies allow, which ways in count.

aws-iam-authenticator's formats: pkg/mapper/dynamicfile, pkg/config/types.go and pkg/server/types.go of
https://github.com/kubernetes-sigs/aws-iam-authenticator/tree/v0.6.13
"""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from testbed.aws.eks.access_policies import Grant

ENTRIES = "access-entries.json"  # the authenticator's backend DynamicFile
BACKENDS = "authenticator-backends.json"  # the order of its backends
POLICIES = "access-policies.json"  # the authorizer's
Document = dict[str, Any]


def mapping(principal: str, unique_id: str, user: str, groups: Sequence[str]) -> Document:
    return {"rolearn": principal, "userid": unique_id, "username": user, "groups": list(groups)}


def write(
    folder: Path, backends: Sequence[str], mappings: list[Document], grants: Mapping[str, list[Grant]]
) -> None:
    """`grants` are by the unique ids of roles."""
    folder.mkdir(parents=True, exist_ok=True)
    replace(folder / POLICIES, {key: [asdict(grant) for grant in given] for key, given in grants.items()})
    overwrite(folder / ENTRIES, {"mapRoles": mappings, "mapUsers": [], "mapAccounts": []})
    overwrite(folder / BACKENDS, {"backendMode": " ".join(backends)})


def read_grants(folder: Path) -> dict[str, list[Grant]]:
    """Empty as long as AWS hasn't been there."""
    try:
        raw: dict[str, list[Document]] = json.loads((folder / POLICIES).read_text())
    except FileNotFoundError:
        return {}
    return {
        key: [Grant(policy=g["policy"], namespaces=_tuple(g["namespaces"])) for g in given]
        for key, given in raw.items()
    }


def replace(file: Path, document: Document) -> None:
    """Whole, or somebody could read half of it."""
    partial = file.with_name(f".{file.name}.{os.getpid()}")
    partial.write_text(json.dumps(document, indent=2))
    partial.replace(file)


def overwrite(file: Path, document: Document) -> None:
    """In place: the authenticator watches the file itself, and looks for another in its place after a second.

    One write that doesn't shorten the file: at no time is it empty, and its end may be blank.
    """
    if not file.exists():
        replace(file, document)
        return
    text = json.dumps(document, indent=2)
    with file.open("r+b", buffering=0) as opened:
        old = opened.read()
        if old.rstrip() != text.encode():
            opened.seek(0)
            opened.write(text.encode().ljust(len(old)))


def _tuple(values: list[str] | None) -> tuple[str, ...] | None:
    return None if values is None else tuple(values)
