"""Profiles for later steps: in files of the job's own, or by request in the runner user's home.

Files of the job are below RUNNER_TEMP, which the runner empties. What is written to the home is written down
there as well, so that `mode: clear` can put back what was there before.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from actionkit.aws.identity import Identity
from actionkit.errors import ActionError
from assume_role import files, profile_files, renewal

CONFIG, CREDENTIALS = VARIABLES = ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE")
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


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """The inputs: its name, JOB or HOME, whether to overwrite one of that name, whether it renews itself."""

    name: str
    location: str
    overwrite: bool
    refresh: bool


def home(environ: Mapping[str, str], temp: Path) -> Place:
    """Where SDKs look without us: the files that the environment names, unless they are ours, or ~/.aws."""
    own = _own(temp)
    named = {name: Path(environ[name]).expanduser() for name in VARIABLES if environ.get(name)}
    theirs = {name: file for name, file in named.items() if own not in file.parents}
    return Place(
        config=theirs.get(CONFIG, Path("~/.aws/config").expanduser()),
        credentials=theirs.get(CREDENTIALS, Path("~/.aws/credentials").expanduser()),
        own=own,
    )


def job(temp: Path) -> Place:
    own = _own(temp)
    return Place(config=own / "config", credentials=own / "credentials", own=own)


def write(
    identity: Identity, wanted: Wanted, environ: Mapping[str, str], temp: Path, inputs: Mapping[str, str]
) -> Place:
    """The profile with the identity's keys and region; ActionError where one is there that has to stay.

    Files of the job begin as what `environ` has until then, comments included. `inputs` are the step's, for a
    profile that renews itself.
    """
    if wanted.refresh:
        renewal.require_renewable(identity, inputs)
    there = home(environ, temp)
    place = there if wanted.location == HOME else job(temp)
    sections = _sections(wanted.name)
    with files.locked(place.own, *(file.parent for file in place.files)):
        if wanted.location == JOB:
            _seed(place, there)
        texts = [files.read(file) for file in place.files]
        if not wanted.overwrite:
            _refuse_another(wanted, place, texts)
        if wanted.location == HOME:
            _remember(place, texts, sections)
        changed = {}
        if wanted.refresh:
            file = place.own / f"renew-{wanted.name}.json"
            changed[file] = renewal.settings(inputs, identity)
            values = {"region": identity.region, "credential_process": renewal.command(file)}
            new = [
                profile_files.with_section(texts[0], sections[0], values),
                profile_files.without_section(texts[1], sections[1]),  # keys there would win
            ]
        else:
            new = list(map(profile_files.with_section, texts, sections, _values(identity)))
        files.replace({**changed, **dict(zip(place.files, new, strict=True))})
    return place


def clear(temp: Path) -> list[Path]:
    """Takes back what `write` did in this job, in the home and below `temp`; the files that were changed."""
    place = job(temp)
    if not place.own.is_dir():
        return []
    changed = []
    entries = json.loads(files.read(place.before) or "[]")
    with files.locked(place.own, *(Path(entry["file"]).parent for entry in entries)):
        for entry in reversed(entries):
            file, section, before = Path(entry["file"]), entry["section"], entry["before"]
            text = files.read(file)
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


def _refuse_another(wanted: Wanted, place: Place, texts: list[str]) -> None:
    for file, text, section in zip(place.files, texts, _sections(wanted.name), strict=True):
        if profile_files.has(text, section):
            copied = ", a copy of what was there before the job," if wanted.location == JOB else ""
            raise ActionError(
                f"The profile {wanted.name} exists",
                f"`aws-profile` is `{wanted.name}`, and {file}{copied} has it already. Nothing was exported.",
                "Choose another name, or set `overwrite-aws-profile: true`.",
            )


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
    """What is only read may be a link: dotfiles often are."""
    new = {
        file: files.read(source, follow=True)
        for file, source in zip(place.files, there.files, strict=True)
        if not file.exists()
    }
    files.replace(new)


def _remember(place: Place, texts: list[str], sections: tuple[str, str]) -> None:
    entries = json.loads(files.read(place.before) or "[]")
    for file, text, section in zip(place.files, texts, sections, strict=True):
        before = profile_files.section_text(text, section)
        entries.append({"file": str(file), "section": section, "before": before})
    files.replace({place.before: json.dumps(entries)})


def _put_back(file: Path, text: str) -> None:
    if text.strip():
        files.replace({file: text})
    elif file.exists():
        file.unlink()
