"""Filter patterns of `on:`: which branches, tags and paths a list of them includes.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#filter-pattern-cheat-sheet
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

FILES_OF_A_DIFF = 300  # the rest isn't looked at
CLASS = re.compile(r"(?:[0-9]-[0-9]|[a-z]-[a-z]|[A-Z]-[A-Z]|[0-9a-zA-Z])+")


@dataclass(frozen=True)
class Pattern:
    negative: bool
    expression: "re.Pattern[str]"

    @classmethod
    def of(cls, source: str) -> "Pattern":
        """Raises ValueError for what is no pattern."""
        negative = source.startswith("!")
        parts = _parts(source.removeprefix("!"))
        if not parts:
            raise ValueError("it is empty")
        return cls(negative, re.compile("".join(parts), re.DOTALL))


def problem(source: str) -> str:
    """What is wrong with a pattern, or nothing."""
    try:
        Pattern.of(source)
    except ValueError as error:
        return str(error)
    return ""


def _parts(source: str) -> list[str]:
    """A regular expression for each character, wildcard or class, with what repeats it."""
    parts: list[str] = []
    at = 0
    while at < len(source):
        character, rest = source[at], source[at:]
        if character in "?+":
            if not parts:
                raise ValueError(f"nothing comes before the '{character}'")
            parts[-1] = f"(?:{parts[-1]}){character}"
            at += 1
        elif rest.startswith("**/") and (at == 0 or source[at - 1] == "/"):
            parts.append("(?:.*/)?")  # docs/**/*.md is docs/README.md too
            at += 3
        elif rest.startswith("**"):
            parts.append(".*")
            at += 2
        else:
            length, part = _one(rest)
            parts.append(part)
            at += length
    return parts


def _one(rest: str) -> tuple[int, str]:
    if rest[0] == "*":
        return 1, "[^/]*"
    if rest[0] == "\\" and len(rest) > 1:
        return 2, re.escape(rest[1])
    if rest[0] != "[":
        return 1, re.escape(rest[0])
    inside, closed, _ = rest[1:].partition("]")
    if not closed:
        raise ValueError("the '[' is not closed")
    if not CLASS.fullmatch(inside):
        raise ValueError(f"'[{inside}]' has other things than letters, digits and ranges of them")
    return len(inside) + 2, f"[{inside}]"


def includes(patterns: Sequence[str], name: str) -> bool:
    """The last pattern that matches decides: a negative one excludes, a positive one includes again."""
    included = False
    for pattern in map(Pattern.of, patterns):
        if pattern.expression.fullmatch(name):
            included = not pattern.negative
    return included


def changes(paths: Sequence[str], ignored: Sequence[str], files: Collection[str]) -> bool:
    """Whether a file changed that `paths` includes, or one that `paths-ignore` doesn't; never without files.

    https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#git-diff-comparisons
    """
    looked_at = list(files)[:FILES_OF_A_DIFF]
    if paths:
        return any(includes(paths, file) for file in looked_at)
    return not all(includes(ignored, file) for file in looked_at)
