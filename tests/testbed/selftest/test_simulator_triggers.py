"""`on:`: patterns, cron, and which event starts a workflow; what doesn't says why.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#on
"""

from pathlib import Path
from typing import Any

import pytest

from testbed.simulator import cron, filters, triggers
from testbed.simulator.config import Config
from testbed.simulator.document import parse
from testbed.simulator.errors import NotTriggered, WorkflowError

# https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#filter-pattern-cheat-sheet
# The first two columns are those of the page's tables.
PATTERNS = [
    ("feature/*", "feature/my-branch feature/your-branch", "feature/beta-a/my-branch feature"),
    ("feature/**", "feature/beta-a/my-branch feature/your-branch feature/mona/the/octocat", "feature x"),
    ("main", "main", "main2 a/main Main"),
    ("releases/mona-the-octocat", "releases/mona-the-octocat", "releases"),
    ("*", "main releases README.md", "a/b"),
    ("**", "all/the/branches every/tag", ""),
    ("*feature", "mona-feature feature ver-10-feature", "a/feature features"),
    ("v2*", "v2 v2.0 v2.9", "v1 v2/x"),
    ("v[12].[0-9]+.[0-9]+", "v1.10.1 v2.0.0", "v3.1.1 v1.1 v1.a.1 v1x1.1"),
    ("*.jsx?", "page.js page.jsx", "page.jsxx a/page.js page.jx"),
    ("*.js", "app.js index.js", "js/app.js app.jsx"),
    ("**.js", "index.js js/index.js src/js/app.js", "index.jsx"),
    ("docs/*", "docs/README.md docs/file.txt", "docs/a/b docs"),
    ("docs/**", "docs/README.md docs/mona/octocat.txt", "a/docs/x"),
    ("docs/**/*.md", "docs/README.md docs/mona/hello-world.md docs/a/markdown/file.md", "docs/a.txt"),
    ("**/docs/**", "docs/hello.md dir/docs/my-file.txt space/docs/plan/space.doc", "mydocs/x"),
    ("**/README.md", "README.md js/README.md", "jsREADME.md"),
    ("**/*src/**", "a/src/app.js my-src/code/js/app.js", "srcs/a"),
    ("**/*-post.md", "my-post.md path/their-post.md", "post.md"),
    (
        "**/migrate-*.sql",
        "migrate-10909.sql db/migrate-v1.0.sql db/sept/migrate-v1.sql",
        "db/migrate.sql migrate-a/b.sql",
    ),
    ("[CB]at", "Cat Bat", "Hat at"),
    ("[1-2]00", "100 200", "300 1-200"),
    (
        "a\\*b",
        "a*b",
        "axb",
    ),  # escaped: https://docs.github.com/…#onpushbranchestagsbranches-ignoretags-ignore
    ("a.b", "a.b", "axb"),
    ("a!b", "a!b", "a"),  # no special meaning if not the first character
]


@pytest.mark.parametrize(("pattern", "matches", "others"), PATTERNS)
def test_patterns(pattern: str, matches: str, others: str) -> None:
    names = [*matches.split(), *others.split()]
    assert [name for name in names if filters.includes([pattern], name)] == matches.split()


@pytest.mark.parametrize(
    ("patterns", "included", "excluded"),
    [
        (["*.md", "!README.md"], "hello.md", "README.md docs/hello.md"),
        (["*.md", "!README.md", "README*"], "hello.md README.md README.doc", "docs/hello.md"),
        (["releases/**", "!releases/**-alpha"], "releases/10 releases/beta/mona", "releases/10-alpha"),
        (["!a", "a"], "a", "b"),
    ],
)
def test_the_last_pattern_that_matches_decides(patterns: list[str], included: str, excluded: str) -> None:
    names = [*included.split(), *excluded.split()]
    assert [name for name in names if filters.includes(patterns, name)] == included.split()


# https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#git-diff-comparisons
@pytest.mark.parametrize(
    ("paths", "ignored", "files", "runs"),
    [
        (["**.js"], [], ["a.md", "b/c.js"], True),
        (["**.js"], [], ["a.md"], False),
        (["**.js"], [], [], False),  # no files changed
        ([], ["docs/**"], ["docs/a"], False),
        ([], ["docs/**"], ["docs/a", "b"], True),  # one that isn't ignored is enough
        ([], ["docs/**"], [], False),
        (["sub/**", "!sub/docs/**"], [], ["sub/docs/a"], False),
        (["sub/**", "!sub/docs/**"], [], ["sub/docs/a", "sub/b"], True),
        (["last"], [], [*map(str, range(299)), "last"], True),
        (["last"], [], [*map(str, range(300)), "last"], False),  # only 300 files are looked at
    ],
)
def test_changed_files(paths: list[str], ignored: list[str], files: list[str], *, runs: bool) -> None:
    assert filters.changes(paths, ignored, files) is runs


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("15 4,5 * * *", ""),
        ("30 5,17 * * 1-5", ""),
        ("*/15 0-23/2 1 JAN-dec Sun,MON", ""),
        ("0 0 1 1 *", ""),
        ("@daily", "it has 1 fields, not 5"),
        ("0 0 * *", "it has 4 fields"),
        ("0 0 0 * * *", "it has 6 fields"),
        ("60 * * * *", "'60' is no minute (0 to 59"),
        ("* 24 * * *", "'24' is no hour"),
        ("* * 0 * *", "'0' is no day of the month"),
        ("* * * 13 *", "'13' is no month"),
        ("* * * * 7", "'7' is no day of the week"),
        ("* * * * tues", "'tues' is no day of the week"),
        ("30-10 * * * *", "'30-10' is no minute"),
        ("*/0 * * * *", "'*/0' is no minute"),
        ("1,,2 * * * *", "'1,,2' is no minute"),
        ("1-2-3 * * * *", "'1-2-3' is no minute"),
        ("a/2 * * * *", "'a/2' is no minute"),
    ],
)
def test_cron(text: str, wrong: str) -> None:
    assert cron.problem(text).startswith(wrong)
    assert bool(cron.problem(text)) is bool(wrong)


REFUSED = [
    ("{psuh: }", 1, "Unexpected event 'psuh' in on; perhaps you meant 'push'"),
    ("[push, 'on_push']", 1, "Unexpected event 'on_push' in on"),
    ("{push: {branch: x}}", 1, "Unexpected key 'branch' in on.push"),
    ("\n  push:\n    types: [opened]", 3, "Unexpected key 'types' in on.push"),
    ("\n  pull_request:\n    tags: [x]", 3, "Unexpected key 'tags' in on.pull_request"),
    (
        "\n  pull_request:\n    types: [open]",
        3,
        "'open' is no activity type of pull_request",
    ),
    ("\n  release:\n    types: publish", 3, "'publish' is no activity type of release"),
    (
        "\n  push:\n    branches: [a]\n    branches-ignore: [b]",
        4,
        "may have branches or branches-ignore",
    ),
    ("\n  push:\n    tags: [a]\n    tags-ignore: [b]", 4, "may have tags or tags-ignore, not both"),
    ("\n  push:\n    paths: [a]\n    paths-ignore: [b]", 4, "may have paths or paths-ignore, not both"),
    (
        "\n  push:\n    branches: ['!a']",
        3,
        "only patterns with !; one without is needed, or branches-ignore",
    ),
    (
        "\n  push:\n    branches:\n      - a\n      - '?b'",
        5,
        "'?b' is no pattern: nothing comes before",
    ),
    ("\n  push:\n    tags: ['v[1']", 3, "'v[1' is no pattern: the '[' is not closed"),
    ("\n  push:\n    tags: ['v[9-1_]']", 3, "other things than letters, digits and ranges of them"),
    ("schedule", 1, "on.schedule needs a list of `cron:"),
    ("\n  schedule: []", 2, "on.schedule has no entry"),
    ("\n  schedule:\n    - corn: 0 0 * * *", 3, "Unexpected key 'corn' in an entry of on.schedule"),
    ("\n  schedule:\n    - cron: '@daily'", 3, "Invalid cron '@daily': it has 1 fields, not 5"),
]


@pytest.mark.parametrize(("on", "line", "message"), REFUSED)
def test_refused(on: str, line: int, message: str) -> None:
    with pytest.raises(WorkflowError) as caught:
        triggers.read(parse(f"on: {on}\n", "wf.yml").data["on"])
    assert message in str(caught.value)
    assert str(caught.value).startswith(f"wf.yml:{line}: ")


PULL = {"action": "opened", "pull_request": {"base": {"ref": "main"}}}
GROUP = {"action": "checks_requested", "merge_group": {"base_ref": "refs/heads/main"}}
TAG = "refs/tags/v1.2"
MAIN = "refs/heads/main"
QUEUE = "refs/heads/gh-readonly-queue/main/x"
# on, event, its ref, its payload, and why it starts nothing
EVENTS: list[tuple[str, str, str, dict[str, Any], str]] = [
    ("push", "push", "refs/heads/a/b", {}, ""),
    ("push", "push", TAG, {}, ""),
    ("push", "release", TAG, {}, "The workflow does not run on release, only on push"),
    ("{push: {branches: [main, 'rel/**']}}", "push", "refs/heads/rel/1/2", {}, ""),
    ("{push: {branches: main}}", "push", "refs/heads/dev", {}, "branches (main) leaves out the branch dev"),
    ("{push: {branches: main}}", "push", TAG, {}, "only filters for branches, so the tag v1.2 is left out"),
    ("{push: {tags: v1.*}}", "push", MAIN, {}, "only filters for tags, so the branch main is"),
    ("{push: {tags: 'v1.*', branches: [main]}}", "push", TAG, {}, ""),
    (
        "{push: {branches-ignore: ['d*']}}",
        "push",
        "refs/heads/dev",
        {},
        "branches-ignore (d*) has the",
    ),
    ("{push: {branches-ignore: ['d*']}}", "push", MAIN, {}, ""),
    ("{push: {tags-ignore: ['v1.*']}}", "push", TAG, {}, "tags-ignore (v1.*) has the tag v1.2"),
    (
        "{push: {paths: ['src/**']}}",
        "push",
        "refs/heads/main",
        {},
        "paths (src/**) leaves out all that",
    ),
    ("{push: {paths: ['src/**']}}", "push", TAG, {}, ""),  # path filters are not evaluated for tags
    ("{push: {paths: ['docs/**'], branches: [dev]}}", "push", MAIN, {}, "branches (dev) leaves"),
    ("{pull_request: {paths-ignore: ['docs/**']}}", "pull_request", "refs/pull/1/merge", PULL, "(docs/a.md)"),
    ("{pull_request: {branches: [main]}}", "pull_request", "refs/pull/1/merge", PULL, ""),
    ("{pull_request: {branches: [dev]}}", "pull_request", "refs/pull/1/merge", PULL, "out the branch main"),
    ("pull_request", "pull_request", "refs/pull/1/merge", {**PULL, "action": "synchronize"}, ""),
    (
        "pull_request",  # by default opened, synchronize, reopened
        "pull_request",
        "refs/pull/1/merge",
        {**PULL, "action": "closed"},
        "its activity type is closed, and on.pull_request takes opened, synchronize, reopened",
    ),
    (
        "{pull_request: {types: [closed]}}",
        "pull_request",
        "refs/pull/1/merge",
        {**PULL, "action": "closed"},
        "",
    ),
    ("{release: {types: [released]}}", "release", TAG, {"action": "published"}, "takes released"),
    ("release", "release", TAG, {"action": "edited"}, ""),
    ("{merge_group: {branches: [main]}}", "merge_group", QUEUE, GROUP, ""),
    ("{merge_group: {branches: [dev]}}", "merge_group", QUEUE, GROUP, "main"),
    ("workflow_dispatch", "workflow_dispatch", MAIN, {}, ""),
    ("{schedule: [{cron: 0 1 * * *}]}", "schedule", MAIN, {}, ""),
    (
        "{schedule: [{cron: 0 1 * * *}]}",
        "schedule",
        "refs/heads/main",
        {"schedule": "0 2 * * *"},
        "'0 2 * * *'",
    ),
]


def settle(on: str, event: str, ref: str, payload: dict[str, Any]) -> Config:
    folder = Path()
    config = Config(
        work=folder,
        github=folder,
        actions=folder,
        runs=folder,
        repository="org/app",
        sha="0" * 40,
        ref=ref,
        event_name=event,
        event=payload,
        changed_files=["docs/a.md"],
    )
    return triggers.settle(triggers.read(parse(f"on: {on}", "wf.yml").data["on"]), config, "wf.yml")


@pytest.mark.parametrize(("on", "event", "ref", "payload", "reason"), EVENTS)
def test_what_starts_a_run(on: str, event: str, ref: str, payload: dict[str, Any], reason: str) -> None:
    if not reason:
        settle(on, event, ref, payload)
        return
    with pytest.raises(NotTriggered) as caught:
        settle(on, event, ref, payload)
    assert reason in str(caught.value)
    assert str(caught.value).startswith("wf.yml:")


def test_the_schedule_is_the_first_entry_unless_the_event_says_which() -> None:
    """https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows#schedule"""
    on = "{schedule: [{cron: 0 1 * * *}, {cron: 0 2 * * *}]}"
    assert settle(on, "schedule", MAIN, {}).event["schedule"] == "0 1 * * *"
    chosen = settle(on, "schedule", MAIN, {"schedule": "0 2 * * *"})
    assert chosen.event["schedule"] == "0 2 * * *"
