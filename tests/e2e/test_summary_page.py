"""The page of a run's job summaries in a real browser: it looks as it should, and nothing on it runs."""

import json
import re
import shutil
import struct
import subprocess
import zlib
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from e2e.support import App
from testbed.run import RunResult
from testbed.tools import debian
from tools.demo import application

BROWSERS = ("chromium-headless-shell", "chromium", "google-chrome")
SUMMARY = """\
# Tests

> [!WARNING]
> One test is slow.

| suite | failed |
|:------|-------:|
| unit | ~~1~~ 0 |

- [x] built
- [ ] signed

<details><summary>Log</summary>

hidden

</details>

```mermaid
graph TD
```

<script>document.title = "owned"</script>
<img src="nowhere.png" onerror="document.title = 'owned'"><style>main { display: none }</style>
"""
WORKFLOW = """\
on: push
jobs:
  test:
    name: Unit & lint
    runs-on: [self-hosted]
    steps:
      - uses: actions/checkout@v5
      - run: cat summary.md >>"$GITHUB_STEP_SUMMARY"
  silent:
    runs-on: [self-hosted]
    steps: [{run: "true"}]
  late:
    needs: test
    runs-on: [self-hosted]
    steps:
      - run: echo "## Rolled out" >>"$GITHUB_STEP_SUMMARY"; exit 1
"""
# What a person sees, measured: put into a copy of the page without its policy, which lets no script run.
MEASURE = """\
<script>
const place = element => element.getBoundingClientRect();
const box = q => (({x, y, width, height}) => [x, y, width, height])(place(document.querySelector(q)));
const style = (q, name) => getComputedStyle(document.querySelector(q))[name];
document.body.dataset.measured = JSON.stringify({
  overflow: document.documentElement.scrollWidth > innerWidth,
  nav: box("nav"), main: box("main > div"),
  sections: [...document.querySelectorAll("section[id]")].map(s => place(s).y),
  heading: parseFloat(style(".markdown-body h1", "fontSize")),
  alert: [style(".markdown-alert", "borderLeftWidth"), style(".markdown-alert-title", "color")],
  aligned: style("td:nth-child(2)", "textAlign"), struck: style("td s", "textDecorationLine"),
  boxes: [...document.querySelectorAll(".task-list-item input")].map(i => [i.checked, i.disabled]),
  details: document.querySelector("details p").checkVisibility(),
  code: style("pre", "fontFamily"),
  failure: style("nav li:last-child .mark", "backgroundColor"),
});
</script>
"""


@pytest.fixture(scope="module")
def browser() -> str:
    """One that is there, as on GitHub's own runners, or Debian's."""
    found = [name for name in BROWSERS if shutil.which(name)]
    if not found:
        debian.ensure(debian.BROWSER)
    return (found or BROWSERS)[0]


@pytest.fixture
def result(app: App) -> RunResult:
    return app.write("summary.md", SUMMARY).write(application.WORKFLOW, WORKFLOW).push()


def chromium(browser: str, page: Path, *options: str) -> str:
    # --no-sandbox: it refuses to run as root otherwise; the page is ours.
    argv = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--window-size=1000,900", *options]
    done = subprocess.run([*argv, page.as_uri()], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def measured(browser: str, page: Path, scratch: Path) -> dict[str, Any]:
    copy = scratch / "page.html"
    free = re.sub(r"<meta http-equiv=[^>]*>", "", page.read_text())
    copy.write_text(free.replace("</body>", f"{MEASURE}</body>"))
    found = re.search(r'data-measured="([^"]*)"', chromium(browser, copy, "--dump-dom"))
    assert found
    facts: dict[str, Any] = json.loads(unescape(found[1]))
    return facts


def different_rows(png: Path) -> int:
    """How many rows of pixels differ from all others: of a blank page, one or two.

    https://www.w3.org/TR/png/#11IDAT
    """
    data, place, packed = png.read_bytes(), 8, b""
    width, depth = struct.unpack(">I", data[16:20])[0], {2: 3, 6: 4}[data[25]]
    while place < len(data):
        (length,) = struct.unpack(">I", data[place : place + 4])
        if data[place + 4 : place + 8] == b"IDAT":
            packed += data[place + 8 : place + 8 + length]
        place += 12 + length
    rows, stride = zlib.decompress(packed), 1 + width * depth
    return len({rows[start : start + stride] for start in range(0, len(rows), stride)})


def test_it_looks_like_githubs_and_nothing_on_it_runs(
    browser: str, result: RunResult, tmp_path: Path
) -> None:
    page = result.folder / "summary.html"
    facts = measured(browser, page, tmp_path)
    assert not facts["overflow"]
    assert facts["nav"][0] + facts["nav"][2] < facts["main"][0], "the jobs are beside their summaries"
    assert facts["main"][2] > 600
    assert len(facts["sections"]) == 2
    assert facts["sections"] == sorted(facts["sections"])
    assert facts["heading"] == 32
    assert facts["alert"] == ["4px", "rgb(154, 103, 0)"]
    assert (facts["aligned"], facts["struck"]) == ("right", "line-through")
    assert facts["boxes"] == [[True, True], [False, True]]
    assert not facts["details"], "folded until somebody opens it"
    assert "mono" in facts["code"]
    assert facts["failure"] == "rgb(209, 36, 47)"

    shown = chromium(browser, page, "--dump-dom")
    assert "<title>org/app #" in shown
    assert "owned" not in shown
    screenshot = tmp_path / "page.png"
    chromium(browser, page, f"--screenshot={screenshot}", "--hide-scrollbars")
    assert different_rows(screenshot) > 150
