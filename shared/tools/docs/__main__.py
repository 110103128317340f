"""`make docs`: write the generated parts; `--check`: fail where a file differs from what would be written."""

import argparse
import difflib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import yaml

from testbed.act import differences
from testbed.faults.catalogue import FAULTS
from testbed.organisation_file import reference
from tools.docs import render
from tools.paths import ACTIONS, CREDENTIAL_INPUTS, ROOT


def main() -> int:
    parser = argparse.ArgumentParser(prog="make docs", description=__doc__)
    parser.add_argument("--check", action="store_true")
    check = parser.parse_args().check
    try:
        files = generated()
    except render.MarkerMissing as error:
        print(f"docs: {error}", file=sys.stderr)
        return 1
    stale = [file for file, text in files.items() if settle(file, text, check=check)]
    if check and stale:
        print("Generated parts are out of date. Run `make docs` and commit the result.", file=sys.stderr)
    return 1 if check and stale else 0


def generated() -> dict[Path, str]:
    """Every file with a generated part, as it should be."""
    files: dict[Path, str] = {}
    shared = CREDENTIAL_INPUTS.read_text()
    for name in ACTIONS:
        action, readme = ROOT / name / "action.yml", ROOT / name / "README.md"
        with naming(action):
            files[action] = render.action_yml(action.read_text(), shared)
        with naming(readme):
            files[readme] = render.readme(readme.read_text(), yaml.safe_load(files[action]))
    testbed = ROOT / "docs" / "testbed.md"
    with naming(testbed):
        text = render.faults(testbed.read_text(), FAULTS.values())
        text = render.differences(text, differences.table())
        files[testbed] = render.organisation_file(text, reference.markdown())
    return files


@contextmanager
def naming(file: Path) -> Iterator[None]:
    """What is wrong with the text, said with the file that it is in."""
    try:
        yield
    except render.MarkerMissing as error:
        raise render.MarkerMissing(f"{file.relative_to(ROOT)}: {error}") from None


def settle(file: Path, text: str, *, check: bool) -> bool:
    """Write or, with `check`, only show the difference; whether there was one."""
    now = file.read_text()
    if now == text:
        return False
    if check:
        name = str(file.relative_to(ROOT))
        sys.stderr.writelines(
            difflib.unified_diff(now.splitlines(True), text.splitlines(True), name, f"{name} (generated)")
        )
    else:
        file.write_text(text)
        print(f"wrote {file.relative_to(ROOT)}")
    return True


if __name__ == "__main__":
    sys.exit(main())
