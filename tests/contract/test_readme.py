"""What the READMEs show works as shown: workflows are valid, inputs exist, links lead somewhere."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tools.paths import ACTIONS, ROOT

ACTIONLINT = Path(sys.executable).parent / "actionlint"
FOLDERS = (*ACTIONS, ".github", "docs", "examples", "shared", "tests", "workflow-templates")
MADE = {"_vendor", "_image", "node_modules"}
DOCUMENTS = sorted(
    [*ROOT.glob("*.md")]
    + [p for folder in FOLDERS for p in (ROOT / folder).rglob("*.md") if not MADE & set(p.parts)]
)
WORKFLOWS = sorted((ROOT / "examples" / "workflows").glob("*.yml"))
OURS = re.compile(r"org/(?:eks-actions/)?(?P<action>[a-z-]+)@v1")


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def fenced(document: Path, language: str) -> list[str]:
    found = re.findall(r"^```(\w+)\n(.*?)^```$", document.read_text(), re.MULTILINE | re.DOTALL)
    return [text for said, text in found if said == language]


SNIPPETS = [
    pytest.param(text, id=f"{name(document)}:{number}")
    for document in DOCUMENTS
    for number, text in enumerate(fenced(document, "yaml"), start=1)
]


def is_workflow(text: str) -> bool:
    # YAML 1.1 reads the key `on` as true.
    document = yaml.safe_load(text)
    return isinstance(document, dict) and True in document and "jobs" in document


def completed(text: str) -> str:
    """The block as a whole workflow: steps become the job that follows a job `build`."""
    if is_workflow(text):
        return text
    part = yaml.safe_load(text)
    job = part if isinstance(part, dict) else {"steps": part}
    build = {
        "runs-on": "ubuntu-24.04",
        "outputs": {"image": "${{ steps.build.outputs.image }}"},
        "steps": [{"id": "build", "uses": "org/build-push@v1"}],
    }
    jobs = {"build": build, "shown": {"runs-on": "ubuntu-24.04", "needs": "build", **job}}
    return yaml.safe_dump({"on": "push", "jobs": jobs})


def steps(document: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """(action, `with`) of every step that uses one of ours, wherever it is."""
    if isinstance(document, dict):
        used = OURS.fullmatch(str(document.get("uses", "")))
        if used:
            yield used["action"], document.get("with") or {}
    for part in document.values() if isinstance(document, dict) else document:
        if isinstance(part, dict | list):
            yield from steps(part)


def inputs(action: str) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / action / "action.yml").read_text())["inputs"]
    return found


@pytest.mark.parametrize("text", SNIPPETS)
def test_a_workflow_that_is_shown_is_valid(text: str) -> None:
    done = subprocess.run(
        [ACTIONLINT, "-shellcheck=", "-pyflakes=", "-"],
        input=completed(text),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize(
    "text", [*SNIPPETS, *(pytest.param(file.read_text(), id=name(file)) for file in WORKFLOWS)]
)
def test_a_step_that_is_shown_gives_inputs_that_exist_and_all_that_are_required(text: str) -> None:
    for action, given in steps(yaml.safe_load(text)):
        required = {key for key, spec in inputs(action).items() if spec.get("required")}
        assert set(given) - set(inputs(action)) == set(), action
        assert required - set(given) == set(), action


def anchors(document: Path) -> set[str]:
    """The ids that GitHub gives to headings."""
    headings = re.findall(r"^#+ (.+)$", document.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def links(document: Path) -> list[str]:
    prose = re.sub(r"^```.*?^```$", "", document.read_text(), flags=re.MULTILINE | re.DOTALL)
    return [link for link in re.findall(r"\]\(([^)\s]+)\)", prose) if "://" not in link]


@pytest.mark.parametrize("document", DOCUMENTS, ids=name)
def test_relative_links_lead_somewhere(document: Path) -> None:
    for link in links(document):
        path, _, anchor = link.partition("#")
        target = (document.parent / path) if path else document
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


@pytest.mark.parametrize("action", ACTIONS)
def test_the_readme_of_an_action_is_whole_where_its_folder_is_a_repository_of_its_own(action: str) -> None:
    outside = [link for link in links(ROOT / action / "README.md") if link.startswith((".", "/"))]
    assert outside == []


def test_the_policy_that_is_shown_is_the_one_that_is_tested() -> None:
    """The testbed's roles have the policies of examples/aws; the resources shown may be fewer."""
    (shown,) = (json.loads(text) for text in fenced(ROOT / "build-push" / "README.md", "json"))
    tested = json.loads((ROOT / "examples" / "aws" / "ecr-push.json").read_text())
    assert [s["Action"] for s in shown["Statement"]] == [s["Action"] for s in tested["Statement"]]


@pytest.mark.parametrize("action", ACTIONS)
def test_the_errors_that_are_listed_exist(action: str) -> None:
    """Their titles, that is; `…` stands for what differs from case to case."""
    package = ROOT / action / action.replace("-", "_")
    sources = [p.read_text() for top in (package, ROOT / "shared" / "actionkit") for p in top.rglob("*.py")]
    listed = (ROOT / action / "README.md").read_text().partition("\n## Errors\n")[2]
    rows = re.findall(r"^\| (.+?) \|", listed, re.MULTILINE)[1:]
    titles = [part.strip() for row in rows for title in row.split(", ") for part in title.split("…")]
    assert [title for title in titles if not any(title in source for source in sources)] == []
    assert titles
