"""docker's lists of one entry a line, whose values may hold commas, quotes and, quoted, line breaks."""

import re

_QUOTED = re.compile(r'"((?:[^"]|"")*)"[ \t]*(?:\n|$)')


def lines(text: str) -> tuple[str, ...]:
    """The entries of an input such as `build-args`, read as docker/build-push-action reads them.

    An entry in double quotes may span lines, and `""` in it is one quote; elsewhere quotes are part of the
    value.
    https://github.com/docker/actions-toolkit/blob/main/src/util.ts (getInputList)
    """
    entries = []
    at = 0
    while at < len(text):
        quoted = _QUOTED.match(text, at)
        if quoted:
            entries.append(quoted[1].replace('""', '"'))
            at = quoted.end()
            continue
        end = text.find("\n", at)
        end = len(text) if end < 0 else end
        entries.append(text[at:end])
        at = end + 1
    return tuple(each.strip() for each in entries if each.strip())
