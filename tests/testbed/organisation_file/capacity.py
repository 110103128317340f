"""How many clusters and runners a machine carries."""

from pathlib import Path

from testbed.organisation_file.document import Entry, Problems

# Resident memory, measured with two clusters, a runner and AWS; a cluster's is before any pod of yours.
GIB_OF_ALL = 0.5
GIB_OF_A_CLUSTER = 1.0
GIB_OF_A_RUNNER = 0.2
MEMORY = Path("/proc/meminfo")


def check(document: Entry, problems: Problems, memory: float | None = None) -> None:
    """`memory`: this machine's in GiB, where it can be known."""
    memory = available() if memory is None else memory
    clusters, runners = len(document.each("clusters")), len(document.each("runners"))
    need = needed(clusters, runners)
    if memory and need > memory:
        problems.add(
            document.get("clusters") or document.get("runners") or document,
            f"clusters ({clusters}) and runners ({runners}) need about {need:.1f} GiB of memory, and this"
            f" machine has {memory:.1f}: leave {clusters - carried(memory, runners)} of the clusters out",
        )


def needed(clusters: int, runners: int) -> float:
    return GIB_OF_ALL + clusters * GIB_OF_A_CLUSTER + runners * GIB_OF_A_RUNNER


def carried(memory: float, runners: int) -> int:
    return max(0, int((memory - needed(0, runners)) / GIB_OF_A_CLUSTER))


def available() -> float:
    """GiB of the whole machine; 0 where Linux doesn't say (proc_meminfo(5))."""
    try:
        total = next(line for line in MEMORY.read_text().splitlines() if line.startswith("MemTotal:"))
    except (OSError, StopIteration):
        return 0.0
    return int(total.split()[1]) / 2**20
