"""The page of a run's job summaries: what GitHub renders is rendered, what it strips is gone."""

import re
from pathlib import Path

import pytest

from testbed.selftest.workflows import job, run
from testbed.simulator.results import JobResult, StepResult
from testbed.summary import markdown, page

RUN = {
    "repository": "org/app",
    "run_number": "7",
    "event_name": "push",
    "ref": "refs/heads/main",
    "sha": "c0ffee00",
}


def test_a_run_leaves_a_page_with_every_jobs_summary(tmp_path: Path) -> None:
    script = r"""
    - run: echo '### Deployed :rocket:' >>"$GITHUB_STEP_SUMMARY"
    - run: printf '| a | b |\n|---|---|\n| 1 | <b>2</b> |\n' >>"$GITHUB_STEP_SUMMARY"; exit 1
    """
    result = run(tmp_path, job(script, name="Build & push"))
    shown = (result.folder / "summary.html").read_text()
    assert "<title>org/app #1: failure</title>" in shown
    assert "<h2>Build &amp; push summary</h2>" in shown
    assert "<h3>Deployed :rocket:</h3>" in shown
    assert "<td><b>2</b></td>" in shown


def test_a_page_takes_no_link_of_a_jobs_making(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("mine")
    result = run(tmp_path, job(f'- run: ln -s {victim} "{tmp_path}/host/runs/1001/summary.html"'))
    assert victim.read_text() == "mine"
    assert "No job has written a summary." in (result.folder / "summary.html").read_text()


def test_what_a_step_leaves_open_ends_with_it() -> None:
    steps = [
        StepResult(id="one", name="one", summary="<details><summary>Open</summary>\n\n**x**"),
        StepResult(id="two", name="two", summary="Second"),
    ]
    shown = page.html(RUN, "success", {"a": JobResult(id="a", name="a", conclusion="success", steps=steps)})
    assert shown.index("</details>") < shown.index("<p>Second</p>")
    assert not re.search(r"\{[a-z_]+\}", shown.partition("</style>")[2])


RENDERED = {
    "~~gone~~": "<s>gone</s>",
    "- [x] done": '<li class="task-list-item"><input checked="" ',
    "> [!WARNING]\n> Mind": '<div class="markdown-alert markdown-alert-warning">',
    "|a|\n|-:|\n|1|": '<td style="text-align:right">1</td>',
    "<details open><summary>S</summary>\n\n*x*\n\n</details>": "<summary>S</summary>\n<p><em>x</em></p>",
    "```mermaid\ngraph TD\n```": "<pre><code>graph TD\n</code></pre>",
    "```html\n<script>x</script>\n```": "&lt;script&gt;x&lt;/script&gt;",
    "https://a.example/b": '<a href="https://a.example/b" rel="nofollow noopener">',
    "<sub>1</sub><kbd>x</kbd>": "<sub>1</sub><kbd>x</kbd>",
    '<img src="https://a.example/x.png" width="20">': '<img src="https://a.example/x.png" width="20">',
    "<h3 align=center>T</h3>": '<h3 align="center">T</h3>',
    '<a href="#a">up</a> <b id=a>x</b>': '<a href="#p-a" rel="nofollow noopener">up</a> <b id="p-a">x</b>',
    "x[^1]\n\n[^1]: Foot": '<li id="p-fn1" class="footnote-item"><p>Foot',
}


@pytest.mark.parametrize(("text", "html"), RENDERED.items(), ids=RENDERED)
def test_githubs_markdown_is_rendered(text: str, html: str) -> None:
    assert html in markdown.render(text, "p-")


STRIPPED = {
    "<script>alert(1)</script>x": ("script", "alert"),
    "<style>body {display: none}</style>x": ("style", "display"),
    '<iframe src="https://a.example"></iframe>x': ("iframe", "a.example"),
    "<b onclick='steal()'>x</b>": ("onclick", "steal"),
    "<img src=x onerror=steal()> x": ("onerror", "steal"),
    '<a href="javascript:steal()">x</a>': ("javascript", "steal"),
    '<b style="position: fixed">x</b>': ("position",),
    '<td style="position: fixed">x</td>': ("position",),
    "<form action=https://a.example><button>x</button></form>": ("form", "button", "a.example"),
    "<!-- a comment --> x": ("comment",),
    '<div class="markdown-body mark">x</div>': ("markdown-body", "mark"),
    '<meta http-equiv="refresh" content="0; url=https://a.example"> x': ("meta", "refresh"),
    "<svg onload=steal()></svg> x": ("svg", "onload", "steal"),
    "<input type=password name=secret> x": ("password",),
}


@pytest.mark.parametrize(("text", "gone"), STRIPPED.items(), ids=STRIPPED)
def test_what_github_strips_is_gone(text: str, gone: tuple[str, ...]) -> None:
    shown = markdown.render(text, "")
    assert "x" in shown
    assert not [word for word in gone if word in shown], shown
