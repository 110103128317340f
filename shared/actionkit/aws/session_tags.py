"""Session tags: what a role session says about the job that it is for.

Only AssumeRole takes them; a session by web identity has those that its token carries.
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html
"""

import json
import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from actionkit.inputs import Reader

MOST = 50
KEY_CHARACTERS = 128
VALUE_CHARACTERS = 256
PUNCTUATION = "_.:/=+-@"
# Tag and variable, as configure-aws-credentials sends them. The second group is left out where AWS finds the
# session's policies and tags too large together.
FIXED = {
    "Repository": "GITHUB_REPOSITORY",
    "Workflow": "GITHUB_WORKFLOW",
    "Action": "GITHUB_ACTION",
    "Actor": "GITHUB_ACTOR",
    "Commit": "GITHUB_SHA",
    "Branch": "GITHUB_REF",
}
DROPPABLE = {
    "EventName": "GITHUB_EVENT_NAME",
    "BaseRef": "GITHUB_BASE_REF",
    "HeadRef": "GITHUB_HEAD_REF",
    "RunId": "GITHUB_RUN_ID",
    "Job": "GITHUB_JOB",
    "TriggeringActor": "GITHUB_TRIGGERING_ACTOR",
}
PROTECTED = frozenset({"GitHub", *FIXED, *DROPPABLE})


@dataclass(frozen=True, kw_only=True)
class TagSettings:
    """`custom` are tags by key; `transitive` the keys of tags that roles further on in a chain keep."""

    skip: bool
    custom: Mapping[str, str]
    transitive: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Tags:
    """What one call sends."""

    values: Mapping[str, str]
    transitive: tuple[str, ...] = ()

    def parameters(self) -> dict[str, str]:
        """By the query protocol's names."""
        found = {}
        for number, (key, value) in enumerate(self.values.items(), start=1):
            found[f"Tags.member.{number}.Key"] = key
            found[f"Tags.member.{number}.Value"] = value
        return {**found, **{f"TransitiveTagKeys.member.{n}": key for n, key in enumerate(self.transitive, 1)}}


NO_TAGS = Tags(values={})


def read(reader: Reader) -> TagSettings:
    """`custom-tags`, `transitive-tag-keys` and `role-skip-session-tagging`."""
    return TagSettings(
        skip=reader.boolean("role-skip-session-tagging", default=False),
        custom=_custom(reader),
        transitive=reader.lines("transitive-tag-keys"),
    )


def build(settings: TagSettings, environ: Mapping[str, str], *, all_of_them: bool = True) -> Tags:
    """The tags of a session of this job; without `all_of_them` those that AWS has room for in any case.

    Transitive keys that no tag has are left out, as configure-aws-credentials leaves them out.
    """
    if settings.skip:
        return NO_TAGS
    variables = {**FIXED, **(DROPPABLE if all_of_them else {})}
    about_job = {tag: clean(environ[name]) for tag, name in variables.items() if environ.get(name)}
    values = {"GitHub": "Actions", **about_job, **settings.custom}
    return Tags(values=values, transitive=tuple(key for key in settings.transitive if key in values))


def onward(tags: Tags, inherited: Collection[str]) -> Tags:
    """Without those that AWS carries on from a role before: it refuses them a second time."""
    kept = {key: value for key, value in tags.values.items() if key not in inherited}
    return Tags(values=kept, transitive=tuple(key for key in tags.transitive if key in kept))


def clean(value: str) -> str:
    """What AWS takes of a value: other characters as `_`, 256 at most."""
    return "".join(c if _is_taken(c) else "_" for c in value)[:VALUE_CHARACTERS]


def _is_taken(character: str) -> bool:
    return character in PUNCTUATION or unicodedata.category(character)[0] in "LZN"


def _custom(reader: Reader) -> dict[str, str]:
    text = reader.text("custom-tags")
    if not text:
        return {}
    try:
        found = json.loads(text, parse_constant=_refuse)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        reader.problem("custom-tags", "isn't a JSON object", 'Write one such as `{"CostCenter": "42"}`.')
        return {}
    tags = {}
    for key, value in found.items():
        shown = _scalar(value)
        if shown is None or len(shown) > VALUE_CHARACTERS or not all(map(_is_taken, shown)):
            _wrong(reader, f"has a value for `{key}` that AWS doesn't take")
        elif (
            not re.fullmatch(r".{1,128}", key)
            or not all(map(_is_taken, key))
            or key.lower().startswith("aws:")
        ):
            _wrong(reader, f"has the key `{key}`, which AWS doesn't take")
        elif key in PROTECTED:
            reader.problem("custom-tags", f"sets `{key}`, which says what the job is", "Choose another key.")
        else:
            tags[key] = shown
    if len(tags) + len(PROTECTED) > MOST:
        reader.problem(
            "custom-tags", f"has {len(tags)} tags", f"AWS takes {MOST}, and {len(PROTECTED)} are the job's."
        )
    return tags


def _wrong(reader: Reader, what: str) -> None:
    reader.problem(
        "custom-tags",
        what,
        f"A key has 1 to {KEY_CHARACTERS} letters, digits, spaces and `{PUNCTUATION}`, and doesn't begin "
        f"with `aws:`; a value is text, a number, true or false, of {VALUE_CHARACTERS} such characters.",
    )


def _scalar(value: object) -> str | None:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, str | int | float) else None


def _refuse(constant: str) -> None:
    raise ValueError(constant)
