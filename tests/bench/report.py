"""Figures as docs/benchmarks.md shows them. Pure."""

from collections.abc import Iterable, Sequence

from actionkit.markdown import table
from bench.measure import Result, Usage

HEADERS = ("", "", "wall, s", "CPU, s", "peak memory, MiB")


def document(introduction: str, machine: str, results: Sequence[Result], runs: int) -> str:
    parts = [
        introduction.rstrip(),
        f"Medians of {runs} runs on {machine}.",
        table(HEADERS, (row for result in results for row in rows(result))).rstrip(),
    ]
    return "\n\n".join(parts) + "\n"


def rows(result: Result) -> Iterable[tuple[str, ...]]:
    """Ours, the peer's, and ours as a multiple of the peer's: below 1 we take less."""
    ours, peer = result.ours, result.peer
    yield (result.case.name, result.case.ours.name, *_figures(ours))
    yield ("", result.case.peer.name, *_figures(peer))
    pairs = ((ours.wall, peer.wall), (ours.cpu, peer.cpu), (ours.rss, peer.rss))
    yield ("", "ratio", *(ratio(mine, other) for mine, other in pairs))


def ratio(ours: float, peer: float) -> str:
    return f"**{ours / peer:.2f}**" if peer else ""


def _figures(usage: Usage) -> tuple[str, ...]:
    return (f"{usage.wall:.2f}", f"{usage.cpu:.2f}", f"{usage.rss:.0f}")
