"""Which organisation is meant, and the copy of it that lives with the testbed.

Whoever asks later (`run`, `exec`, AWS's server) sees the organisation as it was when it came up, whatever
becomes of the files meanwhile.
"""

import os
import shutil
from pathlib import Path

from testbed import organisation, paths
from testbed.errors import TestbedError
from testbed.organisation import Organisation
from testbed.organisation_file import files
from testbed.organisation_file.document import Entry

VARIABLE = "EKS_ACTIONS_TESTBED_ORGANISATION"
FILE = "testbed.yaml"


def choose(given: Path | None) -> Path:
    """The option's file, else the variable's, else testbed.yaml here, else the one that is up or built in."""
    here = FILE if Path(FILE).is_file() else ""
    named = given or os.environ.get(VARIABLE) or here
    return absolute(Path(named)) if named else source() or organisation.BUILT_IN


def source() -> Path | None:
    """The file of the organisation that is up; the copy of it is what holds."""
    note = paths.organisation() / "source"
    return Path(note.read_text()) if note.exists() else None


def absolute(file: Path) -> Path:
    return Path(os.path.abspath(file))  # noqa: PTH100  resolve() would follow links, and the copy has none


def keep(file: Path, document: Entry) -> None:
    """Copy the file and all that it names. A copy that is the same stays, and so does what depends on it."""
    folder = paths.organisation()
    wanted = {each: each.read_bytes() for each in (file, *files.named(document, file))}
    if source() == file and copied() == wanted:
        return
    shutil.rmtree(folder, ignore_errors=True)
    for each, content in wanted.items():
        target = folder / "files" / each.relative_to("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    (folder / "source").write_text(str(file))  # last: without it there is no copy


def copies() -> list[Path]:
    """The copied files: what depends on the organisation depends on them."""
    return sorted(path for path in (paths.organisation() / "files").rglob("*") if path.is_file())


def copied() -> dict[Path, bytes]:
    root = paths.organisation() / "files"
    return {Path("/") / path.relative_to(root): path.read_bytes() for path in copies()}


def refuse_what_needs_down(new: Organisation) -> None:
    """IAM, repositories and access entries may change while it is up; networks and machines may not."""
    known = source()
    old = organisation.load() if known else new
    differing = [what for what, fact in fixed(new).items() if fact != fixed(old)[what]]
    if differing:
        raise TestbedError(
            f"{' and '.join(differing)} differ from what is up, of {known}",
            "`./testbed down`, then `./testbed up` with the file that you want.",
        )


def fixed(org: Organisation) -> dict[str, object]:
    """What networks and machines are made of, by the file's keys."""
    return {
        "region": org.region,
        "accounts": list(org.accounts.values()),
        "peerings": org.peerings,
        "clusters": [(c.name, c.account, c.address) for c in org.clusters.values()],
        "runners": [(r.name, r.account, r.address) for r in org.runners.values()],
    }
