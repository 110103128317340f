"""GitHub-flavoured Markdown for summaries. What comes from outside is escaped."""

import html
import re
from collections.abc import Iterable, Sequence

SPECIAL = re.compile(r"([\\`*_\[\]#|~<>])")
# Of these, what counts inside of an HTML element on a line; `<` and `>` are HTML's.
MARKS = re.compile(r"[\\`*_\[\]|~]")


def escape(text: str) -> str:
    """Text that shows as itself, on one line, in a paragraph or a table's cell."""
    return SPECIAL.sub(r"\\\1", " ".join(text.split()))


def code(text: str) -> str:
    """Inline code that also survives in a table: backticks and bars inside are kept."""
    inside = code_text(text)
    return f"<code>{inside}</code>" if inside else ""


def code_text(text: str) -> str:
    """What stands inside of `<code>`, where Markdown still counts: its signs as character references."""
    flat = html.escape(" ".join(text.split()), quote=False)
    return MARKS.sub(lambda found: f"&#{ord(found[0])};", flat)


def table(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Cells are Markdown already: escape or `code` what isn't yours."""
    lines = [headers, ["---"] * len(headers), *rows]
    return "\n".join("| " + " | ".join(_cell(c) for c in line) + " |" for line in lines) + "\n"


def details(title: str, body: str) -> str:
    """A section that is closed until somebody wants it."""
    return f"<details><summary>{html.escape(title, quote=False)}</summary>\n\n{body.rstrip()}\n\n</details>\n"


def code_block(text: str, language: str = "") -> str:
    """A fenced block; the fence is longer than any run of backticks inside."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text.rstrip()}\n{fence}\n"


def _cell(markdown: str) -> str:
    return re.sub(r"\s*\n\s*", "<br>", markdown.strip())
