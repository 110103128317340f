"""Documents into manifests: what every object must have, lists taken apart. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from eks_deploy.documents import Document, SyntaxProblem, documents
from eks_deploy.manifest import Body, Manifest, is_path_segment

TEMPLATE_HINT = (
    "This looks like a template. Render it first (for example `helm template` or `kubectl kustomize`) "
    "and give eks-deploy the result."
)


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One fault in one file; `line` counts from 1."""

    title: str
    message: str
    hint: str
    file: str
    line: int


@dataclass(kw_only=True)
class Read:
    """All manifests of all files, in their order, and all faults."""

    manifests: list[Manifest] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def add(self, file: str, text: str) -> None:
        try:
            found = documents(text)
        except SyntaxProblem as problem:
            self.problems.append(_syntax(problem, file, text))
            return
        for document in found:
            for value, line in _flatten(document):
                self._add_object(value, file, line)

    def _add_object(self, value: object, file: str, line: int) -> None:
        fault = _fault(value)
        if fault:
            title, message, hint = fault
            self.problems.append(Problem(title=title, message=message, hint=hint, file=file, line=line))
        elif isinstance(value, dict):
            self.manifests.append(Manifest(body=value, file=file, line=line))


def duplicates(manifests: list[Manifest]) -> list[Problem]:
    """Two manifests of one object: the second apply would silently undo the first (same field manager)."""
    seen: dict[object, Manifest] = {}
    problems = []
    for manifest in manifests:
        first = seen.setdefault(manifest.key, manifest)
        if first is not manifest:
            problems.append(
                Problem(
                    title="The same object twice",
                    message=f"{manifest.label} is already defined in {first.file}, line {first.line}.",
                    hint="Keep one of them: the second apply would remove what only the first one sets.",
                    file=manifest.file,
                    line=manifest.line,
                )
            )
    return problems


def _flatten(document: Document) -> Iterator[tuple[object, int]]:
    """The items of a `List` (of `kind: List`, or of a typed list such as `ConfigMapList`), else the
    document.
    """
    value = document.value
    if isinstance(value, dict) and str(value.get("kind", "")).endswith("List"):
        items = value.get("items")
        if isinstance(items, list):
            lines = document.item_lines or (document.line,) * len(items)
            yield from zip(items, lines, strict=True)
            return
    yield value, document.line


def _fault(value: object) -> tuple[str, str, str] | None:
    if not isinstance(value, dict):
        return (
            "Not a Kubernetes object",
            f"Expected a mapping with apiVersion, kind and metadata, found a {_json_type(value)}.",
            "Check the indentation; only Kubernetes manifests belong in `manifests`.",
        )
    for name, example in (("apiVersion", "apps/v1"), ("kind", "Deployment")):
        if not isinstance(value.get(name), str) or not value[name]:
            return (
                f"No {name}",
                f"This document has no `{name}` (for example `{name}: {example}`).",
                "Every Kubernetes object has one. Is this file a manifest?",
            )
    return _metadata_fault(value)


def _metadata_fault(body: Body) -> tuple[str, str, str] | None:
    kind, metadata = body["kind"], body.get("metadata")
    if kind == "Kustomization" and str(body["apiVersion"]).startswith("kustomize.config.k8s.io/"):
        return (
            "A kustomization",
            "This file is instructions for kustomize, and no object of the cluster.",
            "Render it first (`kubectl kustomize DIR > rendered.yaml`) and name the result in `manifests`.",
        )
    if not isinstance(metadata, dict):
        return f"No metadata in this {kind}", f"This {kind} has no `metadata`.", "Add `metadata: {name: …}`."
    name = metadata.get("name")
    if name is None and metadata.get("generateName"):
        return (
            f"{kind} with generateName",
            "`generateName` asks for a new object on every run; apply needs a name to find the old one.",
            "Give it a `metadata.name`; for a Job that runs on every deploy put the commit in its name.",
        )
    if not isinstance(name, str) or not is_path_segment(name):
        what = "has no `metadata.name`" if name is None else f"has the name {name!r}"
        hint = "Quote the name: YAML reads it as a number or boolean." if _is_scalar(name) else "Add one."
        return f"No usable name in this {kind}", f"This {kind} {what}.", hint
    if not isinstance(metadata.get("namespace", ""), str):
        return (
            f"Namespace of {kind} {name}",
            f"`namespace` must be a string, not {metadata['namespace']!r}.",
            "",
        )
    return None


def _syntax(problem: SyntaxProblem, file: str, text: str) -> Problem:
    lines = text.splitlines()
    line = lines[problem.line - 1].strip() if problem.line <= len(lines) else ""
    hint = TEMPLATE_HINT if "{{" in text else "Fix the file; an editor with a YAML plugin shows the place."
    if "\t" in line:
        hint = "YAML doesn't allow tabs for indentation: use spaces."
    shown = f" The line reads: {line[:120]}" if line and "Secret" not in text else ""
    return Problem(
        title="Not valid YAML",
        message=f"{file}, line {problem.line}: {problem.message}.{shown}",
        hint=hint,
        file=file,
        line=problem.line,
    )


def _is_scalar(value: object) -> bool:
    return isinstance(value, (bool, int, float))


def _json_type(value: object) -> str:
    if isinstance(value, list):
        return "list"
    return "string" if isinstance(value, str) else "number or boolean"
