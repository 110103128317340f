"""One run: plan, rehearse, apply, wait. What it has done so far is in its Outcome, whatever happens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from actionkit.errors import ActionError
from actionkit.retry import Clock
from eks_deploy import apply, cluster_state, diagnosis, plan, pods, pool, refusals, running
from eks_deploy.api import Api, Refused
from eks_deploy.apply import Rehearsed
from eks_deploy.discovery import Served
from eks_deploy.faults import from_problem, raise_any
from eks_deploy.manifest import Manifest
from eks_deploy.outcome import Outcome, failure
from eks_deploy.plan import Plan, Target
from eks_deploy.readiness.state import Status
from eks_deploy.wait import Waiter, watch

_REDISCOVER_SECONDS = 10.0


@dataclass(kw_only=True)
class Run:
    """`say` gets lines for the log; `timeout` is in seconds, for all that is waited for together."""

    api: Api
    clock: Clock
    say: Callable[[str], None]
    namespace: str
    wait: bool
    timeout: float
    outcome: Outcome = field(default_factory=Outcome)

    def run(self, manifests: list[Manifest]) -> None:
        """Raises ActionError, api.Refused (401) and api.Unreachable."""
        served = cluster_state.discover(self.api)
        made = plan.make(manifests, served, self.namespace)
        new_namespaces, missing = cluster_state.missing_namespaces(self.api, made.plan)
        raise_any([*(from_problem(p) for p in made.problems), *missing])
        self.outcome.planned = made.plan.targets
        later = [t for t in made.plan.targets if t.new_kind or t.manifest.namespace in new_namespaces]
        rehearsed = self._rehearse([t for t in made.plan.targets if t not in later])
        if later:
            self.say(
                "Checked later, once their namespace or kind exists: "
                + ", ".join(t.label for t in later[:5])
                + (" …" if len(later) > 5 else "")
            )
        waiter = Waiter(self.api, self.clock, self.say, self.timeout)
        self._apply_all(made.plan, rehearsed, waiter)
        if self.wait:
            self._wait(waiter)

    def _apply_all(self, planned: Plan, rehearsed: dict[int, Rehearsed], waiter: Waiter) -> None:
        first, *rest = planned.groups
        definitions = {id(t) for t in first if t.manifest.kind in {"Namespace", "CustomResourceDefinition"}}
        if definitions:
            self._apply([rehearsed[id(t)] for t in first])
            self._definitions_usable(planned, waiter)
        else:
            rest = planned.groups
        later = [t for group in rest for t in group if id(t) not in rehearsed]
        rehearsed = {**rehearsed, **self._rehearse(later)}
        for group in rest:
            self._apply([rehearsed[id(t)] for t in group])

    def _rehearse(self, targets: list[Target]) -> dict[int, Rehearsed]:
        known = cluster_state.live_objects(self.api, targets)

        def one(target: Target) -> Rehearsed | ActionError:
            try:
                return apply.rehearse(self.api, target, known)
            except Refused as error:
                return _explained(error, target)

        results = pool.each(targets, one)
        raise_any([result for result in results if isinstance(result, ActionError)])
        good = {id(t): r for t, r in zip(targets, results, strict=True) if isinstance(r, Rehearsed)}
        for note in (r.note for r in good.values() if r.note):
            self.outcome.notes.append(note)
            self.say(note)
        return good

    def _apply(self, rehearsed: list[Rehearsed]) -> None:
        def one(item: Rehearsed) -> ActionError | None:
            try:
                change = apply.apply(self.api, item)
            except Refused as error:
                return _explained(error, item.target)
            self.outcome.changes.append(change)
            return None

        errors = [error for error in pool.each(rehearsed, one) if error]
        done = {id(c.target): c for c in self.outcome.changes}
        for item in rehearsed:
            change = done.get(id(item.target))
            if change:
                self.say(f"{change.target.label} {change.action}")
        raise_any(errors)

    def _definitions_usable(self, planned: Plan, waiter: Waiter) -> None:
        """New kinds are there when their definition is Established and discovery lists them."""
        self._wait_for_all(waiter)
        self.outcome.changes = [replace(w.change, live=w.live) for w in self.outcome.watched]
        new = [t for t in planned.targets if t.new_kind]
        end = self.clock.now() + _REDISCOVER_SECONDS
        while new and not _serves(cluster_state.discover(self.api), new) and self.clock.now() < end:
            self.clock.sleep(0.5)

    def _wait(self, waiter: Waiter) -> None:
        self._wait_for_all(waiter)
        for one in self.outcome.watched:
            if pods.has_pods(one.live):
                one.pods = pods.of(self.api, one.live)
                self.outcome.images += running.images(one.label, one.pods)

    def _wait_for_all(self, waiter: Waiter) -> None:
        """Raises what isn't Current at the end, with what can be found out about it."""
        self.outcome.watched = watch(self.outcome.changes)
        waiter.wait(self.outcome.watched)
        unready = [w for w in self.outcome.watched if w.state.status is not Status.CURRENT]
        if not unready:
            return
        bad = [w for w in unready if w.confirmed]
        self.outcome.deadline_reached = not bad
        self.outcome.diagnoses = [diagnosis.diagnose(self.api, w) for w in (bad or unready)[:5]]
        raise failure(bad, unready, self.timeout)


def _explained(error: Refused, target: Target) -> ActionError:
    if error.status == 401:
        raise error
    return refusals.explain(error, target.manifest)


def _serves(served: Served, targets: list[Target]) -> bool:
    return all(served.find(t.manifest.api_version, t.manifest.kind) for t in targets)
