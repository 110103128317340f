"""A run's job summaries as one HTML page, beside the other files of the run: summary.html."""

import tempfile
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

from testbed.simulator import results
from testbed.simulator.results import JobResult
from testbed.summary import markdown

NAME = "summary.html"
STYLE = Path(__file__).with_name("page.css")
MARKS = {"success": "\u2713", "failure": "\u2715", "cancelled": "\u2298", "skipped": "\u2013"}
# A second fence behind the sanitiser: nothing on the page may run, or be fetched but images.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src http: https: data:"


def write(folder: Path, run: Mapping[str, Any]) -> Path:
    """The page of the run in `folder`, of which `run` says repository, ref, sha, event and run number.

    A job may write there: the page comes by renaming, and so through no link of a job's making.
    """
    conclusion, jobs = results.read(folder)
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=folder, delete=False) as partial:
        partial.write(html(run, conclusion, jobs))
    Path(partial.name).chmod(0o644)
    return Path(partial.name).replace(folder / NAME)


def html(run: Mapping[str, Any], conclusion: str, jobs: Mapping[str, JobResult]) -> str:
    """The whole page; nothing of a summary is on it that GitHub wouldn't show."""
    title = f"{run['repository']} #{run['run_number']}"
    facts = f"{run['event_name']} of {run['ref']} at {str(run['sha'])[:7]}"
    sections = [_section(job) for job in jobs.values() if _written(job)]
    return "\n".join(
        [
            "<!DOCTYPE html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">',
            f"<title>{escape(title)}: {escape(conclusion)}</title>",
            f"<style>\n{STYLE.read_text(encoding='utf-8')}</style>",
            "</head>",
            "<body>",
            f"<header>{_mark(conclusion)}<h1>{escape(title)}</h1><p>{escape(facts)}</p></header>",
            '<main><nav aria-label="Jobs"><h2>Jobs</h2>',
            f"<ul>{''.join(_entry(job) for job in jobs.values())}</ul></nav>",
            f"<div>{''.join(sections) or '<p class=nothing>No job has written a summary.</p>'}</div>",
            "</main>",
            "</body>",
            "</html>\n",
        ]
    )


def _entry(job: JobResult) -> str:
    seconds = sum(step.seconds for step in job.steps)
    name = escape(job.name)
    shown = f'<a href="#{_anchor(job)}">{name}</a>' if _written(job) else f"<span>{name}</span>"
    return f"<li>{_mark(job.conclusion)}{shown}<small>{seconds:.0f}s</small></li>"


def _section(job: JobResult) -> str:
    """Each step by itself, so that what one leaves open doesn't reach into the next."""
    steps = [
        f'<div class="markdown-body">{markdown.render(step.summary, f"{_anchor(job)}-{number}-")}</div>'
        for number, step in enumerate(job.steps, start=1)
        if step.summary
    ]
    return f'<section id="{_anchor(job)}"><h2>{escape(job.name)} summary</h2>{"".join(steps)}</section>'


def _written(job: JobResult) -> bool:
    return any(step.summary for step in job.steps)


def _anchor(job: JobResult) -> str:
    return f"job-{escape(job.id)}"


def _mark(conclusion: str) -> str:
    word = escape(conclusion)
    return f'<span class="mark {word}" title="{word}">{MARKS.get(conclusion, "?")}</span>'
