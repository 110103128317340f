"""Whose the testbed on this machine is: namespaces have the machine's names, so there is one at a time."""

from pathlib import Path

from testbed import net, paths, state
from testbed.errors import TestbedError

# Beside the lock: where others see neither it nor the namespaces, there may be another testbed.
FILE = Path("/run/lock/eks-actions-testbed.owner")


def owner() -> Path | None:
    """The state directory of the testbed that is up, or of which something is left."""
    if not net.ours():
        return None
    noted = Path(FILE.read_text()) if FILE.exists() else paths.state()
    return noted if (noted / state.MARK).exists() else None


def refuse_others() -> None:
    """By who holds the lock, before anything is made or removed."""
    found, mine = owner(), paths.state().absolute()
    if found is not None and found != mine:
        raise TestbedError(
            f"another testbed is up, with the state directory {found}",
            f"There can be one on a machine. Remove it first: EKS_ACTIONS_TESTBED={found} ./testbed down",
        )
    if found is None and not FILE.exists() and net.ours():
        name = net.ours()[0]
        raise TestbedError(
            f"there is a network namespace {name}, which no testbed has made",
            f"If nobody needs it: ip netns del {name}",
        )


def take() -> None:
    """Note that the testbed is ours, before the first namespace is made."""
    FILE.parent.mkdir(parents=True, exist_ok=True)
    FILE.write_text(str(paths.state().absolute()))


def release() -> None:
    """After the last is gone."""
    FILE.unlink(missing_ok=True)
