"""The manifests of one run: files found, read, checked, images put in. Everything wrong is told at once."""

from __future__ import annotations

from pathlib import Path

from actionkit.errors import ActionError
from eks_deploy import images, sources
from eks_deploy.faults import from_problem, raise_any
from eks_deploy.manifest import Manifest
from eks_deploy.manifests import Read, duplicates
from eks_deploy.settings import Settings
from eks_deploy.sources import Places


def load(settings: Settings, places: Places) -> list[Manifest]:
    """In the order of the input; at least one. Raises ActionError."""
    found = sources.find(settings.manifests, places)
    raise_any(
        [ActionError("Input `manifests`", f"`{line}`: {what}", hint) for line, what, hint in found.problems]
    )
    read = Read()
    unreadable = [error for path in found.files if (error := _add(read, path, places))]
    raise_any(unreadable + [from_problem(p) for p in (*read.problems, *duplicates(read.manifests))])
    if not read.manifests:
        raise ActionError(
            "Nothing to deploy",
            f"No Kubernetes object in {', '.join(places.shown(path) for path in found.files)}.",
            "The files are empty or hold only comments: does `manifests` name the right ones?",
        )
    return _with_images(read.manifests, settings)


def _add(read: Read, path: Path, places: Places) -> ActionError | None:
    shown = places.shown(path)
    try:
        read.add(shown, path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError:
        return ActionError("Not a text file", f"{shown} isn't UTF-8 text.", "Is it a manifest?", file=shown)
    except OSError as error:
        hint = "Is it readable for all, or for root in the container?"
        return ActionError("A file can't be read", f"{shown}: {error.strerror}.", hint, file=shown)
    return None


def _with_images(manifests: list[Manifest], settings: Settings) -> list[Manifest]:
    done = images.substitute(manifests, settings.images)
    there = ", ".join(done.found) or "none"
    raise_any(
        [
            ActionError(
                "Input `images`",
                f"No container uses the image {name!r}, so nothing would be replaced.",
                f"Images in the manifests: {there}. The name must be equal, without tag and digest.",
            )
            for name in done.unmatched
        ]
    )
    return done.manifests
