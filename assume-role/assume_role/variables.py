"""What the variables that our steps export were before, so that they can be put back."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from assume_role import files, profile_files, profiles

PROFILE = "AWS_PROFILE"


def remember(names: Iterable[str], environ: Mapping[str, str], temp: Path) -> None:
    """What these are before a first step of ours exports them, for the owner of RUNNER_TEMP alone."""
    file = _file(temp)
    with files.locked(file.parent):
        known = json.loads(files.read(file) or "{}")
        new = {name: environ.get(name) for name in names if name not in known}
        if new:
            files.replace({file: json.dumps({**known, **new})})


def restored(environ: Mapping[str, str], temp: Path) -> dict[str, str]:
    """What to export so that later steps find things as they were before our first step.

    A variable can't be removed from a job's environment, and SDKs take an empty AWS_PROFILE for a profile
    without a name: it becomes `default`, in a configuration file of the job that has such a profile.
    """
    file = _file(temp)
    known: dict[str, str | None] = json.loads(files.read(file) or "{}")
    found = {name: before or "" for name, before in known.items()}
    theirs = profiles.home({**environ, **found}, temp)
    named = {profiles.CONFIG: theirs.config, profiles.CREDENTIALS: theirs.credentials}
    for name, usual in named.items():
        if name in found and not found[name]:
            found[name] = str(usual)
    if PROFILE in found and not found[PROFILE]:
        config = profiles.job(temp).config
        text = files.read(theirs.config, follow=True)
        if not profile_files.has(text, "default"):
            text = profile_files.with_section(text, "default", {})
        files.replace({config: text})
        found.update({PROFILE: "default", profiles.CONFIG: str(config)})
    file.unlink(missing_ok=True)
    return found


def _file(temp: Path) -> Path:
    return profiles.job(temp).own / "variables.json"
