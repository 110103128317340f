"""The reference of the organisation file, in Markdown, made of what it is checked by."""

from collections.abc import Iterator

from testbed.organisation_file.schema import ORGANISATION
from testbed.organisation_file.shapes import Flag, ListOf, MapOf, Record, Shape, Text


def markdown() -> str:
    """A table for each kind of mapping, the whole file's first."""
    return "\n\n".join(f"{title}\n\n{_table(record)}" for title, record in _records("", ORGANISATION))


def _records(path: str, shape: Shape) -> Iterator[tuple[str, Record]]:
    if isinstance(shape, Record):
        yield (f"**`{path}`**, {shape.what}:" if path else "The file as a whole:", shape)
        for name, key in shape.keys.items():
            yield from _records(f"{path}.{name}" if path else name, key.value)
    elif isinstance(shape, ListOf):
        yield from _records(f"{path}[]", shape.of)
    elif isinstance(shape, MapOf):
        yield from _records(f"{path}.NAME", shape.of)


def _table(record: Record) -> str:
    rows = ["| key | without it | what it is | must be |", "|---|---|---|---|"]
    for name, key in record.keys.items():
        default = "*required*" if key.default is None else key.default
        rows.append(f"| `{name}` | {default} | {key.about} | {_must_be(key.value)} |")
    return "\n".join(rows)


def _must_be(shape: Shape) -> str:
    if isinstance(shape, Text) and 0 < len(shape.one_of) < 10:
        return " or ".join(f"`{word}`" for word in shape.one_of)
    if isinstance(shape, Flag):
        return "`true` or `false`"
    return shape.what
