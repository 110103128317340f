"""The files that an organisation file names: there, and of the right kind."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from testbed.aws.iam.evaluate import service_trust
from testbed.cluster.manifests import KINDS, NAMESPACED
from testbed.organisation_file.document import Entry, Problems
from testbed.organisation_file.references import instance_roles, roles_of

INSTANCES = "ec2.amazonaws.com"


def check(document: Entry, file: Path, problems: Problems) -> None:
    root = folder(document, file)
    trusts: dict[str, Any] = {}
    for entry in policies(document):
        trusts[entry.text] = _policy(entry, root, problems)
    for entry in manifests(document):
        _check_manifests(entry, root, problems)
    known = roles_of(document)
    for account, role in instance_roles(document):
        named = known.get((account, role.text))
        trust = trusts.get(named.word("trust")) if named else None
        if trust is not None and not service_trust(trust, INSTANCES, {}):
            problems.add(
                role, f"`{role.text}` is an instance's role, and its trust policy doesn't let {INSTANCES} in"
            )


def folder(document: Entry, file: Path) -> Path:
    """Where the other files are. Lexically: `up` keeps a copy of all, in which no links are."""
    return Path(os.path.normpath(file.parent / (document.word("policies") or ".")))


def named(document: Entry, file: Path) -> list[Path]:
    """All files that it names."""
    root = folder(document, file)
    entries = [*policies(document), *manifests(document)]
    return sorted({Path(os.path.normpath(root / entry.text)) for entry in entries})


def policies(document: Entry) -> Iterator[Entry]:
    for role in document.each("roles"):
        yield from filter(None, [role.get("trust"), *role.each("policies")])
    for repository in document.each("repositories"):
        yield from filter(None, [repository.get("policy")])


def manifests(document: Entry) -> Iterator[Entry]:
    for cluster in document.each("clusters"):
        yield from cluster.each("manifests")


def _policy(entry: Entry, root: Path, problems: Problems) -> Any:
    text = _read(entry, root, problems)
    if text is None:
        return None
    try:
        policy = json.loads(text)
    except ValueError as error:
        problems.add(entry, f"{entry.text} is not JSON: {error}")
        return None
    statements = policy.get("Statement") if isinstance(policy, dict) else None
    listed = statements if isinstance(statements, list) else [statements]
    if not all(isinstance(each, dict) and each.get("Effect") in ("Allow", "Deny") for each in listed):
        problems.add(entry, f"{entry.text} is no policy: each statement has an Effect, Allow or Deny")
        return None
    return policy


def _check_manifests(entry: Entry, root: Path, problems: Problems) -> None:
    text = _read(entry, root, problems)
    if text is None:
        return
    try:
        documents = [document for document in yaml.safe_load_all(text) if document is not None]
    except yaml.YAMLError as error:
        problems.add(entry, f"{entry.text} is not YAML: {' '.join(str(error).split())}")
        return
    for document in documents:
        kind = document.get("kind") if isinstance(document, dict) else None
        metadata = document.get("metadata") if isinstance(document, dict) else None
        if kind not in KINDS:
            problems.add(entry, f"{entry.text} has a `{kind}`; `up` applies only {', '.join(KINDS)}")
        elif not isinstance(metadata, dict) or not metadata.get("name"):
            problems.add(entry, f"{entry.text} has a {kind} without a name")
        elif kind in NAMESPACED and not metadata.get("namespace"):
            problems.add(entry, f"{entry.text}: {kind} {metadata['name']} has no namespace")
        elif not isinstance(document.get("apiVersion"), str):
            problems.add(entry, f"{entry.text}: {kind} {metadata['name']} has no apiVersion")


def _read(entry: Entry, root: Path, problems: Problems) -> str | None:
    if not entry.text:
        return None
    try:
        return Path(os.path.normpath(root / entry.text)).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        problems.add(entry, f"{entry.text} can't be read in {root}: {reason}")
        return None
