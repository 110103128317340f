"""`on:`: which events start a workflow, and whether the one that happened does.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#on
https://github.com/actions/languageservices/blob/main/workflow-parser/src/workflow-v1.0.json (on-strict)
"""

import difflib
from dataclasses import dataclass, replace
from typing import Any

from . import cron, filters
from .config import Config
from .document import Value
from .errors import NotTriggered

BRANCHES = ("branches", "branches-ignore")
TAGS = ("tags", "tags-ignore")
PATHS = ("paths", "paths-ignore")
_PULL_REQUEST = (
    "assigned unassigned labeled unlabeled opened edited closed reopened synchronize converted_to_draft"
    " locked unlocked enqueued dequeued milestoned demilestoned ready_for_review review_requested"
    " review_request_removed auto_merge_enabled auto_merge_disabled"
)
_RELEASE = "published unpublished created edited deleted prereleased released"


@dataclass(frozen=True)
class Kind:
    """An event: what `on` may say of it, its activity types, and those that start a workflow unasked."""

    keys: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    default_types: tuple[str, ...] = ()


EVENTS = {
    "push": Kind((*BRANCHES, *TAGS, *PATHS)),
    "pull_request": Kind(
        ("types", *BRANCHES, *PATHS), tuple(_PULL_REQUEST.split()), ("opened", "synchronize", "reopened")
    ),
    "release": Kind(("types",), tuple(_RELEASE.split()), tuple(_RELEASE.split())),
    "merge_group": Kind(("types", *BRANCHES), ("checks_requested",), ("checks_requested",)),
    "schedule": Kind(),
    "workflow_dispatch": Kind(("inputs",)),
}
# GitHub knows these too. A workflow may name them; the testbed has nobody who makes them happen.
_OTHERS = (
    "branch_protection_rule check_run check_suite create delete deployment deployment_status discussion"
    " discussion_comment fork gollum image_version issue_comment issues label milestone page_build project"
    " project_card project_column public pull_request_comment pull_request_review"
    " pull_request_review_comment pull_request_target registry_package repository_dispatch status watch"
    " workflow_call workflow_run"
)
OTHERS = frozenset(_OTHERS.split())


def read(value: Value) -> dict[str, Value]:
    """Each event with what is said of it. Raises WorkflowError for what GitHub refuses."""
    if not isinstance(value.data, dict):
        items = value.data if isinstance(value.data, list) else [value]
        found = {item.text("on"): Value(None, item.line, item.file) for item in items}
    else:
        found = value.data
    for name, event in found.items():
        if name in EVENTS:
            _check(name, event)
        elif name not in OTHERS:
            close = difflib.get_close_matches(name, [*EVENTS, *OTHERS], 1)
            hint = f"; perhaps you meant '{close[0]}'" if close else ""
            raise event.error(f"Unexpected event '{name}' in on{hint}")
    return found


def _check(name: str, event: Value) -> None:
    if name == "schedule":
        crons(event)
    elif event.data is not None:
        keys = event.mapping(f"on.{name}", EVENTS[name].keys)
        for kind in (*BRANCHES, *TAGS, *PATHS):
            if kind in keys:
                _check_patterns(f"on.{name}.{kind}", keys[kind])
        for one, other in (BRANCHES, TAGS, PATHS):
            if one in keys and other in keys:
                raise keys[other].error(f"on.{name} may have {one} or {other}, not both; use ! in {one}")
        for activity in _items(keys["types"]) if "types" in keys else []:
            text = activity.text(f"on.{name}.types")
            if text not in EVENTS[name].types:
                known = ", ".join(EVENTS[name].types)
                raise activity.error(f"'{text}' is no activity type of {name}; they are {known}")


def _items(value: Value) -> list[Value]:
    return value.data if isinstance(value.data, list) else [value]


def _check_patterns(where: str, value: Value) -> None:
    sources = value.texts(where)
    for item, source in zip(_items(value), sources, strict=True):
        if wrong := filters.problem(source):
            raise item.error(f"{where}: '{source}' is no pattern: {wrong}")
    if sources and all(source.startswith("!") for source in sources):
        ignoring = where.removesuffix("-ignore").rpartition(".")[2] + "-ignore"
        raise value.error(f"{where} has only patterns with !; one without is needed, or {ignoring}")


def crons(event: Value) -> list[str]:
    """Those of `on.schedule`."""
    if event.data is None:
        raise event.error("on.schedule needs a list of `cron: '<minute> <hour> <day> <month> <weekday>'`")
    found = []
    for item in event.sequence("on.schedule"):
        entry = item.mapping("an entry of on.schedule", ("cron", "timezone"), required=("cron",))["cron"]
        text = entry.text("cron")
        if wrong := cron.problem(text):
            raise entry.error(f"Invalid cron '{text}': {wrong}")
        found.append(text)
    if not found:
        raise event.error("on.schedule has no entry")
    return found


def settle(triggers: dict[str, Value], config: Config, path: str) -> Config:
    """What the workflow adds to the event that starts it. Raises NotTriggered when it starts no run."""
    name = config.event_name
    if name not in triggers:
        raise NotTriggered(f"The workflow does not run on {name}, only on {', '.join(triggers)}", file=path)
    trigger = triggers[name]
    if name == "schedule":
        return replace(config, event=_scheduled(crons(trigger), config.event, trigger))
    if name in EVENTS and (reason := _excluded(trigger, config)):
        raise NotTriggered(f"This {name} starts no run: {reason}", file=trigger.file, line=trigger.line)
    return config


def _scheduled(known: list[str], event: dict[str, Any], trigger: Value) -> dict[str, Any]:
    """github.event.schedule is the entry whose time has come: the first, unless the event says which."""
    given = event.get("schedule", known[0])
    if given not in known:
        raise NotTriggered(
            f"This schedule starts no run: no entry of on.schedule is '{given}'; they are {', '.join(known)}",
            file=trigger.file,
            line=trigger.line,
        )
    return {**event, "schedule": given}


def _excluded(trigger: Value, config: Config) -> str:
    """Which filter keeps the event from starting the workflow; nothing if none does."""
    said = trigger.data or {}
    patterns = {key: said[key].texts(key) for key in (*BRANCHES, *TAGS, *PATHS, "types") if key in said}
    kind = EVENTS[config.event_name]
    if kind.types and (activity := config.event.get("action")):
        types = patterns.get("types", kind.default_types)
        if activity not in types:
            return f"its activity type is {activity}, and on.{config.event_name} takes {', '.join(types)}"
    return _excluded_ref(patterns, config) or _excluded_files(patterns, config)


def _excluded_ref(patterns: dict[str, list[str]], config: Config) -> str:
    """https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#onpushbranchestagsbranches-ignoretags-ignore"""
    tag = config.ref.startswith("refs/tags/") and config.event_name == "push"
    own, others = (TAGS, BRANCHES) if tag else (BRANCHES, TAGS)
    name = _filtered_name(config)
    what = f"the {'tag' if tag else 'branch'} {name}"
    if own[0] in patterns and not filters.includes(patterns[own[0]], name):
        return f"{own[0]} ({', '.join(patterns[own[0]])}) leaves out {what}"
    if own[1] in patterns and filters.includes(patterns[own[1]], name):
        return f"{own[1]} ({', '.join(patterns[own[1]])}) has {what}"
    if not patterns.keys() & set(own) and patterns.keys() & set(others):
        return f"there are only filters for {others[0]}, so {what} is left out"
    return ""


def _filtered_name(config: Config) -> str:
    """The branch that a pull request or a merge group is for; else the one, or the tag, that was pushed."""
    event = config.event
    if config.event_name == "pull_request":
        return str(event.get("pull_request", {}).get("base", {}).get("ref", ""))
    if config.event_name == "merge_group":
        return str(event.get("merge_group", {}).get("base_ref", "")).removeprefix("refs/heads/")
    return config.ref.removeprefix("refs/heads/").removeprefix("refs/tags/")


def _excluded_files(patterns: dict[str, list[str]], config: Config) -> str:
    """Path filters aren't evaluated for tags, nor where there is no list of the changed files.

    https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#onpushpull_requestpull_request_targetpathspaths-ignore
    """
    key = next((key for key in PATHS if key in patterns), "")
    if not key or config.ref.startswith("refs/tags/") or config.changed_files is None:
        return ""
    if filters.changes(patterns.get("paths", []), patterns.get("paths-ignore", []), config.changed_files):
        return ""
    shown = ", ".join(config.changed_files[:3]) + (", …" if len(config.changed_files) > 3 else "")
    return f"{key} ({', '.join(patterns[key])}) leaves out all that changed ({shown or 'nothing did'})"
