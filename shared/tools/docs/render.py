"""The generated parts: tables from action.yml and of the testbed's faults, and action.yml's shared inputs."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from testbed.faults.fault import Fault


class MarkerMissing(Exception):
    """A file that should carry a generated part has no place for it."""


def readme(text: str, action: Mapping[str, Any]) -> str:
    """`text` with its inputs and outputs tables written anew from the parsed action.yml."""
    text = _between(text, "<!-- inputs:begin -->", "<!-- inputs:end -->", _inputs(action.get("inputs") or {}))
    return _between(
        text, "<!-- outputs:begin -->", "<!-- outputs:end -->", _outputs(action.get("outputs") or {})
    )


def faults(text: str, catalogue: Iterable[Fault]) -> str:
    """`text` with its table of the testbed's faults written anew."""
    return _between(text, "<!-- faults:begin -->", "<!-- faults:end -->", _faults(catalogue))


def organisation_file(text: str, reference: str) -> str:
    """`text` with the reference of the testbed's organisation file written anew."""
    return _between(text, "<!-- organisation:begin -->", "<!-- organisation:end -->", reference)


def action_yml(text: str, credential_inputs: str) -> str:
    """`text` with the inputs that the three actions share written anew, indented to their place."""
    block = "\n".join(f"  {line}" if line else "" for line in credential_inputs.strip().splitlines())
    return _between(text, "  # credentials:begin", "  # credentials:end", block, space="\n")


def differences(text: str, table: str) -> str:
    """`text` with the table of where act and the simulator differ written anew."""
    return _between(text, "<!-- differences:begin -->", "<!-- differences:end -->", table)


def _between(text: str, begin: str, end: str, body: str, *, space: str = "\n\n") -> str:
    head, found, rest = text.partition(f"{begin}\n")
    _, closed, tail = rest.partition(f"{end}\n")
    if not found or not closed:
        raise MarkerMissing(
            f"the lines `{begin.strip()}` and `{end.strip()}` mark the place of a generated part, and one is "
            "missing: put it back"
        )
    return f"{head}{begin}\n{space[1:]}{body}{space}{end}\n{tail}"


def _inputs(inputs: Mapping[str, Mapping[str, Any]]) -> str:
    rows = ["| input | default | what it does |", "|---|---|---|"]
    for name, spec in inputs.items():
        if name.startswith("internal-"):
            continue
        default = "*required*" if spec.get("required") else _code(str(spec.get("default", "")))
        rows.append(f"| `{name}` | {default} | {_cell(spec['description'])} |")
    return "\n".join(rows)


def _outputs(outputs: Mapping[str, Mapping[str, Any]]) -> str:
    rows = ["| output | what it is |", "|---|---|"]
    rows += [f"| `{name}` | {_cell(spec['description'])} |" for name, spec in outputs.items()]
    return "\n".join(rows)


def _faults(catalogue: Iterable[Fault]) -> str:
    rows = ["| fault | what breaks | parameters |", "|---|---|---|"]
    meanings: dict[tuple[str, str], dict[str, None]] = {}
    for fault in catalogue:
        given = [f"`{p.name}={'…' if p.default is None else p.default}`" for p in fault.parameters]
        rows.append(f"| `{fault.name}` | {_plain(fault.text)} | {' '.join(given)} |")
        for p in fault.parameters:
            meanings.setdefault((p.name, p.text), {})[fault.name.partition("-")[0]] = None
    rows += ["", "| parameter | of | what it is |", "|---|---|---|"]
    for (name, text), families in sorted(meanings.items()):
        rows.append(f"| `{name}` | {', '.join(f'{family}-…' for family in families)} | {_plain(text)} |")
    return "\n".join(rows)


def _plain(text: str) -> str:
    return _cell(text).replace("*", "\\*")


def _cell(text: str) -> str:
    return re.sub(r"\s*\n\s*", " ", text.strip()).replace("|", "\\|")


def _code(text: str) -> str:
    return f"`{_cell(text)}`" if text.strip() else ""
