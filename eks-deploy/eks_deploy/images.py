"""Image substitution: `name=reference` in every pod template, by kustomize's idea of a name. Pure."""

from __future__ import annotations

import re
from copy import deepcopy
from dataclasses import dataclass, replace

from eks_deploy.manifest import Manifest
from eks_deploy.podspecs import containers, dig, pod_spec_path

_DIGEST = re.compile(r"@[A-Za-z0-9_+.-]+:[0-9a-fA-F]+$")
# https://github.com/distribution/reference/blob/main/regexp.go
_PATH = r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*"
_REFERENCE = re.compile(
    rf"(?:[A-Za-z0-9.-]+(?::[0-9]+)?/)?{_PATH}(?:/{_PATH})*"
    r"(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(?:@sha256:[0-9a-f]{64})?"
)


@dataclass(frozen=True)
class Substitution:
    """`name` as manifests write it, without tag or digest; `reference` is the whole image to run."""

    name: str
    reference: str


def parse(line: str) -> Substitution | str:
    """A substitution, or what is wrong with the line."""
    name, equals, reference = (part.strip() for part in line.partition("="))
    if not equals or not name or not reference:
        return (
            "expected `name=reference`, for example "
            "`app=111111111111.dkr.ecr.eu-west-1.amazonaws.com/app@sha256:…`"
        )
    if repository(name) != name:
        return f"the name to replace goes without tag and digest: `{repository(name)}`"
    if not _REFERENCE.fullmatch(reference):
        return f"`{reference}` isn't an image reference (repository:tag or repository@sha256:…)"
    return Substitution(name, reference)


def repository(image: str) -> str:
    """The image without its digest and tag; a port (`host:5000/app`) is no tag."""
    image = _DIGEST.sub("", image)
    head, slash, tail = image.rpartition("/")
    return head + slash + tail.partition(":")[0]


@dataclass(frozen=True)
class Substituted:
    """The manifests with their images replaced, and the names that no container has."""

    manifests: list[Manifest]
    unmatched: list[str]
    found: list[str]


def substitute(manifests: list[Manifest], substitutions: tuple[Substitution, ...]) -> Substituted:
    """Leaves the given manifests as they are; YAML aliases may share parts between them."""
    by_name = {s.name: s.reference for s in substitutions}
    used: set[str] = set()
    seen: set[str] = set()
    result = []
    for manifest in manifests:
        path = pod_spec_path(manifest.body)
        if path is None:
            result.append(manifest)
            continue
        body = deepcopy(manifest.body)
        for container in containers(dig(body, path)):
            name = repository(str(container.get("image") or ""))
            seen.add(name)
            if name in by_name:
                container["image"] = by_name[name]
                used.add(name)
        result.append(replace(manifest, body=body))
    unmatched = [s.name for s in substitutions if s.name not in used]
    return Substituted(result, unmatched, sorted(seen - {""}))
