"""What a failed build says about itself: its place in the Dockerfile, its error, and the likely cause."""

import re
import textwrap
from dataclasses import dataclass
from pathlib import PurePosixPath

from actionkit.errors import ActionError
from build_push.causes import CAUSES, DISK_FULL

SHOWN_LINES = 20

_RULE = re.compile(r"-{20,}")
_PLACE = re.compile(r"(?P<file>[^\s:][^:]*):(?P<line>\d+)")
_MARKED = re.compile(r"\s*(?P<line>\d+) \|\s+>>> (?P<text>.*)")
_PARSE_ERROR = re.compile(r"dockerfile parse error on line (?P<line>\d+)")
_ERROR = re.compile(r"^ERROR: (.+)$", re.MULTILINE)
_SEE_LOG = "The log of this step shows the whole build."
# A program's output isn't searched for causes: it may speak of anything.
_INSTRUCTION = re.compile(r"did not complete successfully: exit code: (?P<code>\d+)")
_KILLED = (
    "It was killed, most often by the kernel for lack of memory. `dmesg` on the runner shows "
    "it. Give the runner more memory, or the build less to do at once."
)


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where in the Dockerfile; `instruction` as it is written there, empty if BuildKit didn't quote it."""

    file: str
    line: int
    instruction: str


def place(output: str) -> Place | None:
    """The place that BuildKit names after a failed instruction.

    It prints `FILE:LINE`, a rule of dashes, the lines around it with `>>>` before the instruction's, and a
    rule.
    https://github.com/moby/buildkit/blob/master/solver/errdefs/source.go
    """
    lines = output.splitlines()
    for index in range(len(lines) - 2, -1, -1):
        named = _PLACE.fullmatch(lines[index].strip())
        if not named or not _RULE.fullmatch(lines[index + 1].strip()):
            continue
        marked = [match for line in lines[index + 2 :] if (match := _MARKED.match(line))]
        if marked:
            text = "\n".join(match["text"] for match in marked)
            return Place(file=named["file"], line=int(marked[0]["line"]), instruction=text)
        return Place(file=named["file"], line=int(named["line"]), instruction="")
    wrong = _PARSE_ERROR.search(output)
    return Place(file="", line=int(wrong["line"]), instruction="") if wrong else None


def reason(output: str) -> str:
    """BuildKit's last error, without what it was wrapped in on the way."""
    errors = _ERROR.findall(output)
    if not errors:
        return ""
    text = str(errors[-1])
    for wrapping in ("failed to build: ", "failed to solve: ", "failed to push: "):
        text = text.removeprefix(wrapping)
    return text.strip()


def last_lines(output: str, count: int = SHOWN_LINES) -> str:
    """The end of what was shown, for the summary and the annotation."""
    return "\n".join(output.rstrip().splitlines()[-count:])


def step_output(output: str) -> str:
    """What the failed instruction itself printed last, which BuildKit repeats at the end; or nothing."""
    blocks = re.findall(r"^-{6}\n > [^\n]*\n(.*?)^-{6}$", output, re.DOTALL | re.MULTILINE)
    return str(blocks[-1]).rstrip() if blocks else ""


def explain(exit_code: int, output: str, dockerfile: str) -> ActionError:
    """The one error of a failed build. `dockerfile` is its path, relative if it is the repository's."""
    where = place(output)
    said = reason(output)
    printed = step_output(output)
    title, hint = _cause(exit_code, said, printed or last_lines(output))
    end = f"signal {-exit_code}" if exit_code < 0 else f"exit code {exit_code}"
    parts = [said or f"docker buildx build ended with {end} and no error message."]
    if where:
        parts.append(f"{dockerfile or where.file or 'Dockerfile'}, line {where.line}:")
        parts.append(_quoted(where.instruction))
    detail = printed or ("" if said else output)
    if detail:
        parts += ["Printed last:", _quoted(last_lines(detail))]
    file = dockerfile if where and _same_file(where.file, dockerfile) else None
    return ActionError(
        title, "\n".join(filter(None, parts)), hint, file=file, line=where.line if where and file else None
    )


def _cause(exit_code: int, said: str, printed: str) -> tuple[str, str]:
    failed = _INSTRUCTION.search(said)
    if failed:
        if failed["code"] == "137":
            return "An instruction of the Dockerfile was killed", _KILLED
        full = "no space left on device" in printed
        return "An instruction of the Dockerfile failed", DISK_FULL if full else _SEE_LOG
    for cause in CAUSES:
        match = cause.pattern.search(said or printed)
        if match:
            return cause.title, cause.hint.format(**match.groupdict())
    if exit_code in (137, -9):
        return "The build was killed", _KILLED
    return "The build failed", _SEE_LOG


def _quoted(text: str) -> str:
    # Indented is how the summary knows what isn't prose.
    return textwrap.indent(text, "    ", lambda _: True)


def _same_file(named: str, dockerfile: str) -> bool:
    # BuildKit knows the file only by its name in the folder that was sent.
    if not dockerfile or PurePosixPath(dockerfile).is_absolute():
        return False
    return not named or PurePosixPath(named).name == PurePosixPath(dockerfile).name
