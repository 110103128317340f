"""What is up, as a short table."""

import json
from pathlib import Path

from testbed import net, ownership, paths, units
from testbed.faults import active
from testbed.organisation_file import kept


def table() -> tuple[str, bool]:
    """The text, and whether everything that was started is alive."""
    rows = [(name, units.running(name)) for name in units.names()]
    other = ownership.owner()
    if not rows and other not in (None, paths.state().absolute()):
        return f"down; another testbed is up: EKS_ACTIONS_TESTBED={other} ./testbed status", False
    if not rows:
        return f"down (state would be in {paths.state()})", False
    lines = [f"{'unit':<24} {'process':<9} output"]
    lines += [f"{name:<24} {pid or 'dead':<9} {paths.log(name)}" for name, pid in rows]
    lines += ["", f"{'host':<24} address"]
    lines += [f"{name:<24} {facts['address']}" for name, facts in sorted(net.recorded().items())]
    lines += ["", f"{'cluster':<24} kubeconfig (use it with ./testbed exec)"]
    lines += [f"{_name(file):<24} {file.parent / 'kubeconfig'}" for file in _clusters()]
    lines += ["", f"{'organisation':<24} {kept.source()}"]
    lines += [f"fault in force: {active.described(fault)} (./testbed heal)" for fault in active.active()]
    return "\n".join(lines), all(pid for _, pid in rows)


def _clusters() -> list[Path]:
    return sorted(paths.cluster("x").parent.glob("*/cluster.json"))


def _name(file: Path) -> str:
    return str(json.loads(file.read_text())["name"])
