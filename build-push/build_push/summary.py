"""The job summary of a build: what was made, and how to get it."""

from collections.abc import Sequence
from dataclasses import dataclass

from actionkit import markdown

_UNITS = ("B", "kB", "MB", "GB")


@dataclass(frozen=True, kw_only=True)
class Report:
    """`image` is by digest, empty without a push; `size` in bytes and `seconds`, 0 where unknown."""

    image: str
    digest: str
    tags: Sequence[str]
    platform: str
    size: int
    seconds: float
    dockerfile: str
    target: str


def render(report: Report) -> str:
    """Markdown for the step's summary."""
    verb = "Pushed" if report.image else "Built"
    name = report.image.partition("@")[0] or (report.tags[0] if report.tags else "an image")
    rows = [
        ("Image", markdown.code(report.image)),
        ("Digest", "" if report.image else markdown.code(report.digest)),
        ("Tags", "<br>".join(markdown.code(tag) for tag in report.tags)),
        ("Dockerfile", markdown.code(report.dockerfile)),
        ("Stage", markdown.code(report.target)),
        ("Platform", markdown.code(report.platform)),
        ("Compressed size", size(report.size)),
        ("Time", duration(report.seconds)),
    ]
    parts = [
        f"### 📦 {verb} {markdown.code(name)}\n",
        markdown.table(("", ""), [(key, value) for key, value in rows if value]),
    ]
    if report.image:
        parts.append(markdown.code_block(f"docker pull {report.image}", "sh"))
    return "\n".join(parts)


def size(count: int) -> str:
    """Bytes in the unit that a person would use; empty for 0."""
    value, unit = float(count), 0
    while value >= 1000 and unit < len(_UNITS) - 1:
        value, unit = value / 1000, unit + 1
    return f"{value:.1f} {_UNITS[unit]}" if unit else f"{count} B" if count else ""


def duration(seconds: float) -> str:
    """`4.2 s`, `2 min 05 s`."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s"
