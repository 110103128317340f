"""Release trees where `uses:` finds them: `ORG/ACTION@REF`, and `ORG/eks-actions/ACTION@REF`."""

import fcntl
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from testbed import organisation, paths
from tools.paths import ACTIONS, ROOT
from tools.vendor.contents import CONTENTS
from tools.vendor.tree import export, vendor

REF = "v1"


def publish(target: Path, organisation: str) -> None:
    """Vendor what has changed since the last time, then export all three trees below `target`."""
    with _alone():
        for action in ACTIONS:
            vendor_if_changed(action)
            export(action, target / organisation / action / REF)
            export(action, target / organisation / "eks-actions" / REF / action)


def publish_to_testbed() -> str:
    """`publish`, if this machine has a testbed; the owner on its GitHub, or an empty string."""
    actions = paths.state() / "actions"
    if not actions.is_dir():
        return ""
    owner = organisation.load().github
    publish(actions, owner)
    return owner


@contextmanager
def _alone() -> Iterator[None]:
    """Two terminals may well publish at once: the second waits."""
    (ROOT / "build").mkdir(exist_ok=True)
    with (ROOT / "build" / "releases.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def vendor_if_changed(action: str) -> None:
    stamp = ROOT / "build" / "vendor" / f"{action}.sources"
    sources = _fingerprint(action)
    if not (stamp.exists() and stamp.read_text() == sources and (ROOT / action / "_vendor").is_dir()):
        vendor(action)
        stamp.write_text(sources)


def _fingerprint(action: str) -> str:
    """A digest of all that an action's `_vendor/` and `_image/` are made from."""
    folders = (ROOT / "shared", ROOT / action / CONTENTS[action].package)
    files = [
        p for folder in folders for p in folder.rglob("*") if p.is_file() and "__pycache__" not in p.parts
    ]
    digest = hashlib.sha256()
    for file in sorted([*files, ROOT / "requirements.lock"]):
        content = file.read_bytes()
        digest.update(f"{file.relative_to(ROOT)} {len(content)}\n".encode() + content)
    return digest.hexdigest()
