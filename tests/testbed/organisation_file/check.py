"""An organisation file, checked as a whole before anything is touched: every problem, with its line."""

from pathlib import Path

from testbed.errors import TestbedError
from testbed.organisation_file import addresses, capacity, files, references
from testbed.organisation_file.document import Entry, Problem, Problems, parse
from testbed.organisation_file.schema import ORGANISATION
from testbed.runner_host.kinds import KINDS

HINT = "docs/testbed.md says what is in an organisation file."


def check(file: Path) -> Entry:
    """The document, if there is nothing wrong with it; else one error with a line for each problem."""
    document, found = examine(file, read(file))
    if document is None or found:
        count = "1 problem" if len(found) == 1 else f"{len(found)} problems"
        lines = [f"{file}:{problem.line}: {problem.text}" for problem in found]
        raise TestbedError(f"{file} has {count}; nothing was changed", "\n  ".join(lines))
    return document


def read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise TestbedError(f"{file} can't be read: {error.strerror}", HINT) from None
    except UnicodeDecodeError:
        raise TestbedError(f"{file} is not UTF-8", HINT) from None


def examine(file: Path, text: str, memory: float | None = None) -> tuple[Entry | None, list[Problem]]:
    """The document and what is wrong with it. `memory` in GiB instead of this machine's."""
    problems = Problems()
    document = parse(text, problems)
    if document is not None:
        ORGANISATION.check(document, problems)
        references.check(document, KINDS, problems)
        addresses.check(document, {name: kind.number for name, kind in KINDS.items()}, problems)
        files.check(document, file, problems)
        capacity.check(document, problems, memory)
    return document, sorted(problems.found)
