"""An exception as the runner shows it: annotations, a paragraph in the summary, detail in a group."""

import traceback

from actionkit import markdown
from actionkit.errors import ActionError, InvalidInputs
from actionkit.runner import Runner
from actionkit.version import ISSUES, VERSION

# The runner keeps ten annotations of a kind a step and drops the rest without a word.
ANNOTATIONS = 10
BUG = 3


def failure(runner: Runner, error: ActionError, *, action: str) -> None:
    """One annotation per cause, and the same words for the summary."""
    causes = list(error.problems) if isinstance(error, InvalidInputs) else [error]
    shown = causes if len(causes) <= ANNOTATIONS else causes[: ANNOTATIONS - 1]
    for cause in shown:
        runner.error(cause.text, title=cause.title, file=cause.file, line=cause.line)
    if rest := causes[len(shown) :]:
        more = "\n".join(cause.text for cause in rest)
        runner.error(f"{len(rest)} more:\n{more}", title=error.title)
    paragraphs = [f"### ❌ {action}: {markdown.escape(error.title)}"]
    for cause in causes:
        paragraphs.append(_paragraph(cause.message))
        if cause.hint:
            paragraphs.append(_paragraph(cause.hint))
    runner.append_summary("\n\n".join(paragraphs))


def bug(runner: Runner, error: Exception, *, action: str) -> None:
    """What nobody foresaw: the traceback in a group, without secrets, and where to report it."""
    trace = runner.redact("".join(traceback.format_exception(type(error), error, error.__traceback__)))
    with runner.group("Traceback"):
        runner.info(trace)
    kind = type(error).__name__
    runner.error(
        f"{action} {VERSION} met a condition that it doesn't know ({kind}). This is a bug in the action, not "
        f"in your workflow.\nPlease report it with the traceback from this step's log: {ISSUES}",
        title=f"Bug in {action}",
    )
    runner.append_summary(
        f"### ❌ Bug in {action} {VERSION}\n\n{markdown.escape(kind)}: the traceback is in this step's log. "
        f"Please [report it]({ISSUES})."
    )


def _paragraph(text: str) -> str:
    """Prose as prose; indented lines (YAML, commands to copy) as a block."""
    parts: list[str] = []
    block: list[str] = []
    for line in [*text.splitlines(), ""]:
        if line.startswith("    "):
            block.append(line[4:])
            continue
        if block:
            parts.append(markdown.code_block("\n".join(block)).rstrip())
            block = []
        if line:
            parts.append(_prose(line))
    return "\n\n".join(parts)


def _prose(line: str) -> str:
    """Our texts mark code with backticks; all else in them may come from outside and is escaped."""
    pieces = line.split("`")
    if len(pieces) % 2 == 0:
        return markdown.escape(line)
    return "".join(
        markdown.code(p) if i % 2 else markdown.SPECIAL.sub(r"\\\1", p) for i, p in enumerate(pieces)
    )
