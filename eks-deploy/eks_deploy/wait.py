"""Waiting until everything is as it should be, or until it is plain that it won't be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from actionkit.retry import Clock
from eks_deploy import pods as pods_of
from eks_deploy import pool
from eks_deploy.api import Api, Refused
from eks_deploy.changes import Change
from eks_deploy.manifest import Body
from eks_deploy.pod_failures import PodFailure
from eks_deploy.readiness.judge import judge
from eks_deploy.readiness.state import State, Status, failed
from eks_deploy.storage import LateBinding
from eks_deploy.verdict import Faults, doomed, ready_by_starting

# Many kinds are ready at once; what isn't by then is looked at twice a second.
POLLS = (0.1, 0.2, 0.3, 0.5)
REMINDER_SECONDS = 10.0
# Without a readiness probe a container is ready the moment it starts, even one that crashes at once.
STAY_SECONDS = 2.0


@dataclass(kw_only=True)
class Watched:
    """One object that is waited for; `failures` are its pods' that doomed it, `pods` those seen last."""

    change: Change
    live: Body
    state: State
    pods: list[Body] = field(default_factory=list)
    failures: list[PodFailure] = field(default_factory=list)
    current_since: float = 0.0
    confirmed: bool = False

    @property
    def label(self) -> str:
        return self.change.target.label


def watch(changes: list[Change]) -> list[Watched]:
    """What was applied, as the server answered it."""
    return [Watched(change=change, live=change.live, state=judge(change.live)) for change in changes]


class Waiter:
    """One deadline for all that one run waits for. `say` gets a line for each change of a state."""

    def __init__(self, api: Api, clock: Clock, say: Callable[[str], None], timeout: float) -> None:
        self._api, self._clock, self._say = api, clock, say
        self._timeout = timeout
        self._started = clock.now()
        self._spoke = self._started
        self._faults = Faults()
        self._late_binding = LateBinding(api)

    @property
    def elapsed(self) -> float:
        return self._clock.now() - self._started

    def wait(self, watched: list[Watched]) -> None:
        """Until all are Current, or one has failed for good, or the deadline is reached."""
        pending = [w for w in watched if w.state.status is not Status.CURRENT]
        for one in pending:
            self._tell(one)
        polls = 0
        while pending and not any(w.confirmed for w in pending):
            if self.elapsed >= self._timeout:
                return
            self._clock.sleep(POLLS[min(polls, len(POLLS) - 1)])
            polls += 1
            pool.each(pending, self._look)
            pending = [w for w in pending if not self._done(w)]
            self._remind(pending)

    def _done(self, one: Watched) -> bool:
        if one.state.status is not Status.CURRENT:
            return False
        return not ready_by_starting(one.live) or self._clock.now() - one.current_since >= STAY_SECONDS

    def _look(self, one: Watched) -> None:
        before = one.state
        try:
            one.live = self._api.get(one.change.target.path, f"read {one.label}")
        except Refused as error:
            if error.status != 404:
                raise
            one.state, one.confirmed = State(Status.NOT_FOUND, "somebody has deleted it"), True
        else:
            one.state = self._late_binding.excuse(one.live, judge(one.live))
            self._look_at_pods(one)
        if before.status is not Status.CURRENT:
            one.current_since = self._clock.now()
        # A failure counts when a second look confirms it: conditions may be those of a moment ago.
        one.confirmed = one.confirmed or (Status.FAILED is one.state.status is before.status)
        if one.state != before:
            self._tell(one)

    def _look_at_pods(self, one: Watched) -> None:
        if one.state.status is not Status.IN_PROGRESS or not pods_of.has_pods(one.live):
            return
        one.pods = pods_of.of(self._api, one.live)
        now, kind = self._clock.now(), str(one.live["kind"])
        by_pod = self._faults.of(one.pods, now=now, restarts_count=kind != "Job")
        one.failures = doomed(kind, by_pod)
        refused = self._faults.replicas(one.live, now=now)
        if one.failures:
            one.state, one.confirmed = failed(one.failures[0].text), True
        elif refused:
            one.state, one.confirmed = failed(f"its pods can't be made: {refused}"), True

    def _tell(self, one: Watched) -> None:
        self._spoke = self._clock.now()
        message = f": {one.state.message}" if one.state.message else ""
        self._say(f"{self.elapsed:5.1f} s  {one.label} {one.state.status.value}{message}")

    def _remind(self, pending: list[Watched]) -> None:
        if not pending or self._clock.now() - self._spoke < REMINDER_SECONDS:
            return
        self._spoke = self._clock.now()
        names = ", ".join(one.label for one in pending[:5]) + (" …" if len(pending) > 5 else "")
        self._say(f"{self.elapsed:5.1f} s  still waiting, at most {self._timeout:g} s, for {names}")
