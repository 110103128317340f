"""Profiles for later steps: in files of the job's own, or by request in the runner user's home.

Files of the job are below RUNNER_TEMP, which the runner empties. What is written to the home is written down
there as well, so that `mode: clear` can put back what was there before.
"""

import fcntl
import json
import os
import stat
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from actionkit.aws.identity import Identity
from actionkit.errors import ActionError
from assume_role import profile_files, renewal

VARIABLES = ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE")
HOME = "home"
JOB = "job"


@dataclass(frozen=True, kw_only=True)
class Place:
    """The two files, and the folder of the job for what belongs to it alone."""

    config: Path
    credentials: Path
    own: Path

    @property
    def files(self) -> tuple[Path, Path]:
        return self.config, self.credentials

    @property
    def before(self) -> Path:
        """What `home` had before."""
        return self.own / "before.json"


def home(environ: Mapping[str, str], temp: Path) -> Place:
    """Where SDKs look: the files that the environment names, or those in ~/.aws."""
    named = [Path(environ.get(name) or f"~/.aws/{file}").expanduser() for name, file in _names()]
    return Place(config=named[0], credentials=named[1], own=_own(temp))


def job(temp: Path) -> Place:
    own = _own(temp)
    return Place(config=own / "config", credentials=own / "credentials", own=own)


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """The inputs: its name, JOB or HOME, whether to overwrite one of that name, whether it renews itself."""

    name: str
    location: str
    overwrite: bool
    refresh: bool


def write(
    identity: Identity, wanted: Wanted, environ: Mapping[str, str], temp: Path, inputs: Mapping[str, str]
) -> Place:
    """The profile with the identity's keys and region; ActionError where one is there that has to stay.

    Files of the job begin as what `environ` has until then, comments included. `inputs` are the step's, for a
    profile that renews itself.
    """
    if wanted.refresh:
        renewal.require_renewable(identity)
    there = home(environ, temp)
    place = there if wanted.location == HOME else job(temp)
    sections = _sections(wanted.name)
    with _locked(place.own):
        if wanted.location == JOB:
            _seed(place, there)
        texts = [_read(file) for file in place.files]
        if not wanted.overwrite:
            _refuse_another(wanted.name, place, texts)
        if wanted.location == HOME:
            _remember(place, texts, sections)
        if wanted.refresh:
            file = place.own / f"renew-{wanted.name}.json"
            values = {"region": identity.region, "credential_process": renewal.command(file)}
            changed = [
                profile_files.with_section(texts[0], sections[0], values),
                profile_files.without_section(texts[1], sections[1]),  # keys there would win
            ]
            _replace({file: renewal.settings(inputs, identity)})
        else:
            changed = list(map(profile_files.with_section, texts, sections, _values(identity)))
        _replace(dict(zip(place.files, changed, strict=True)))
    return place


def _refuse_another(profile: str, place: Place, texts: list[str]) -> None:
    for file, text, section in zip(place.files, texts, _sections(profile), strict=True):
        if profile_files.has(text, section):
            raise ActionError(
                f"The profile {profile} exists",
                f"`aws-profile` is `{profile}`, and {file} has it already. Nothing was changed.",
                "Choose another name, or set `overwrite-aws-profile: true`.",
            )


def clear(temp: Path) -> list[Path]:
    """Takes back what `write` did in this job, in the home and below `temp`; the files that were changed."""
    place = job(temp)
    if not place.own.is_dir():
        return []
    changed = []
    with _locked(place.own):
        entries = json.loads(_read(place.before) or "[]")
        for entry in reversed(entries):
            file, section, before = Path(entry["file"]), entry["section"], entry["before"]
            text = _read(file)
            _put_back(
                file,
                profile_files.with_text(text, section, before)
                if before
                else profile_files.without_section(text, section),
            )
            changed.append(file)
        for file in (*place.files, place.before, *place.own.glob("renew-*.json")):
            if file.exists():
                file.unlink()
                changed.append(file)
    return list(dict.fromkeys(changed))


def _names() -> tuple[tuple[str, str], tuple[str, str]]:
    return (VARIABLES[0], "config"), (VARIABLES[1], "credentials")


def _own(temp: Path) -> Path:
    return temp / "eks-actions-aws"


def _sections(profile: str) -> tuple[str, str]:
    """Its header in the configuration file, and in the credentials file."""
    return profile if profile == "default" else f"profile {profile}", profile


def _values(identity: Identity) -> tuple[dict[str, str], dict[str, str]]:
    keys = identity.credentials
    token = {"aws_session_token": keys.session_token} if keys.session_token else {}
    return (
        {"region": identity.region},
        {"aws_access_key_id": keys.access_key_id, "aws_secret_access_key": keys.secret_access_key, **token},
    )


def _seed(place: Place, there: Place) -> None:
    for file, source in zip(place.files, there.files, strict=True):
        if not file.exists() and source != file:
            _replace({file: _read(source)})


def _remember(place: Place, texts: list[str], sections: tuple[str, str]) -> None:
    entries = json.loads(_read(place.before) or "[]")
    for file, text, section in zip(place.files, texts, sections, strict=True):
        before = profile_files.section_text(text, section)
        entries.append({"file": str(file), "section": section, "before": before})
    _replace({place.before: json.dumps(entries)})


def _put_back(file: Path, text: str) -> None:
    if text.strip():
        _replace({file: text})
    elif file.exists():
        file.unlink()


def _read(file: Path) -> str:
    """Empty where there is none. ActionError for a link, and for what isn't a regular file."""
    _refuse_links(file)
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise _unusable(file, f"can't be read: {error.strerror}") from None
    with os.fdopen(descriptor, encoding="utf-8", errors="surrogateescape") as opened:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise _unusable(file, "is no regular file")
        return opened.read()


def _replace(texts: Mapping[Path, str]) -> None:
    """All files or none, for their owner alone; nobody sees half a file, nor does a full disk leave one."""
    staged: dict[Path, Path] = {}
    try:
        for file, text in texts.items():
            _refuse_links(file)
            staged[file] = _stage(file, text)
        for file, temporary in staged.items():
            temporary.replace(file)
    except OSError as error:
        raise _unusable(Path(error.filename or file), f"can't be written: {error.strerror}") from None
    finally:
        for temporary in staged.values():
            temporary.unlink(missing_ok=True)


def _stage(file: Path, text: str) -> Path:
    """The text beside the file, under another name."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}-")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="surrogateescape", newline="") as opened:
            opened.write(text)
    except BaseException:
        Path(name).unlink()
        raise
    return Path(name)


def _refuse_links(file: Path) -> None:
    """A link would lead the keys, or what we read, to wherever somebody before us wanted."""
    for each in (file, file.parent):
        if each.is_symlink():
            raise _unusable(file, f"is reached through a symbolic link ({each})")


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """One step at a time: a job may run steps in the background."""
    _refuse_links(folder)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        opened = (folder / "lock").open("w")
    except OSError as error:
        raise _unusable(folder, f"can't be written: {error.strerror}") from None
    with opened:
        fcntl.flock(opened, fcntl.LOCK_EX)
        yield


def _unusable(file: Path, what: str) -> ActionError:
    return ActionError(
        "The profile can't be written",
        f"{file} {what}. Nothing was exported.",
        "Make it a file of the runner's user, or leave `aws-profile` out: keys in the environment need none.",
    )
