"""An action's release tree: the folder that `uses:` gets, with all that it runs on inside."""

import shutil
from pathlib import Path

from tools.paths import ROOT
from tools.vendor import lockfile, packages
from tools.vendor.contents import CONTENTS

# The action's own files in its release tree; its package is in _vendor/.
FILES = ("action.yml", "README.md", "entrypoint.py", "Dockerfile", ".dockerignore")


def vendor(action: str) -> None:
    """Fill `ACTION/_vendor/` (and `_image/`) in the working tree; the old one goes at the very end."""
    contents = CONTENTS[action]
    staged = ROOT / "build" / "vendor" / action
    shutil.rmtree(staged, ignore_errors=True)
    target = staged / "_vendor"
    packages.install(contents.vendored, target)
    packages.prune_botocore(target, contents.aws_services)
    packages.prune_actions_toolkit(target)
    _copy_package(ROOT / "shared" / "actionkit", target / "actionkit")
    _copy_package(ROOT / action / contents.package, target / contents.package)
    packages.require_source_only(target)
    if contents.image:
        needed = lockfile.with_requirements(contents.image, contents.image_without)
        packages.install(needed, staged / "_image" / "site", image=True)
        for folder in contents.pruned:
            shutil.rmtree(staged / "_image" / "site" / folder)
    for folder in ("_vendor", "_image"):
        shutil.rmtree(ROOT / action / folder, ignore_errors=True)
        if (staged / folder).exists():
            (staged / folder).rename(ROOT / action / folder)


def export(action: str, target: Path) -> None:
    """Copy the release tree to `target`, byte for byte what a tag holds. `vendor` comes first."""
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    for name in FILES:
        if (ROOT / action / name).exists():
            shutil.copy2(ROOT / action / name, target / name)
    shutil.copy2(ROOT / "LICENSE", target / "LICENSE")
    for folder in ("_vendor", "_image"):
        if (ROOT / action / folder).exists():
            shutil.copytree(ROOT / action / folder, target / folder)


def _copy_package(source: Path, target: Path) -> None:
    shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
