"""What the run leaves: outputs, the job summary, and in the log what a failure needs to be understood."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field

from actionkit import markdown
from actionkit.retry import Clock
from actionkit.runner import Runner
from eks_deploy.changes import CONFIGURED, CREATED, UNCHANGED
from eks_deploy.diagnosis import Diagnosis
from eks_deploy.eks import Cluster
from eks_deploy.outcome import Outcome
from eks_deploy.readiness.state import Status

_MARKS = {CREATED: "🆕 created", CONFIGURED: "✏️ configured", UNCHANGED: "unchanged"}


@dataclass(kw_only=True)
class Report:
    """Made before the run, so that a run that ends badly is reported as well."""

    runner: Runner
    clock: Clock
    cluster: Cluster
    caller: str
    version: str
    outcome: Outcome
    started: float = field(init=False)

    def __post_init__(self) -> None:
        self.started = self.clock.now()

    def succeeded(self) -> None:
        waited = bool(self.outcome.watched)
        self._outputs("Current" if waited else "InProgress")
        title = f"✅ {self.cluster.name}: {self._counts()}"
        self._summary(title + (f", all Current in {self._seconds()}" if waited else ", not waited for"))
        self._images_in_log()
        self.runner.info(f"{self._counts()}; done in {self._seconds()}.")

    def failed(self) -> None:
        self._outputs("InProgress" if self.outcome.deadline_reached else "Failed")
        for diagnosis in self.outcome.diagnoses:
            with self.runner.group(f"{diagnosis.label}: {diagnosis.what}"):
                self.runner.info(text_of(diagnosis))
        self._summary(f"❌ {self.cluster.name}: {self._counts() or 'nothing was changed'}")

    def cancelled(self) -> None:
        done = {id(change.target) for change in self.outcome.changes}
        rest = [target.label for target in self.outcome.planned if id(target) not in done]
        self.runner.info(f"Cancelled. Applied: {self._counts() or 'nothing'}.")
        if rest:
            self.runner.info(f"Not applied: {', '.join(rest)}.")
        self._outputs("Unknown")
        self._summary(f"⚠️ {self.cluster.name}: cancelled after {self._counts() or 'no change'}")

    def _outputs(self, result: str) -> None:
        count = Counter(change.action for change in self.outcome.changes)
        failed = [w.label for w in self.outcome.watched if w.state.status is not Status.CURRENT]
        values = {
            "result": result,
            "changed": "true" if count[CREATED] + count[CONFIGURED] else "false",
            "created": str(count[CREATED]),
            "configured": str(count[CONFIGURED]),
            "unchanged": str(count[UNCHANGED]),
            "changes-json": json.dumps(self._changes()),
            "failed-objects": "\n".join(failed),
            "running-images": json.dumps([image.__dict__ for image in self.outcome.images]),
            "cluster-arn": self.cluster.arn,
            "server-version": self.version,
        }
        for name, value in values.items():
            self.runner.set_output(name, value)

    def _changes(self) -> list[dict[str, str]]:
        return [
            {
                "apiVersion": change.target.manifest.api_version,
                "kind": change.target.manifest.kind,
                "namespace": change.target.manifest.namespace,
                "name": change.target.manifest.name,
                "action": change.action,
            }
            for change in self.outcome.changes
        ]

    def _counts(self) -> str:
        count = Counter(change.action for change in self.outcome.changes)
        return ", ".join(
            f"{count[action]} {action}" for action in (CREATED, CONFIGURED, UNCHANGED) if count[action]
        )

    def _seconds(self) -> str:
        return f"{self.clock.now() - self.started:.1f} s"

    def _summary(self, title: str) -> None:
        parts = [f"### {title}", self._objects(), self._images()]
        parts += [_details(diagnosis) for diagnosis in self.outcome.diagnoses]
        parts += [f"- {markdown.escape(note)}" for note in self.outcome.notes]
        about = f"{markdown.code(self.cluster.arn)}, Kubernetes {markdown.escape(self.version)}"
        parts.append(f"Cluster {about}, as {markdown.code(self.caller)}, {self._seconds()}.")
        self.runner.append_summary("\n\n".join(part for part in parts if part))

    def _objects(self) -> str:
        states = {id(w.change.target): w for w in self.outcome.watched}
        done = {id(change.target): change for change in self.outcome.changes}
        rows = []
        for target in self.outcome.planned:
            change, watched = done.get(id(target)), states.get(id(target))
            state = f"{watched.state.status.value}: {watched.state.message}".rstrip(": ") if watched else ""
            mark = _MARKS[change.action] if change else "not applied"
            rows.append((markdown.code(target.label), mark, markdown.escape(state)))
        return markdown.table(("Object", "Change", "State"), rows) if rows else ""

    def _images(self) -> str:
        rows = [
            (
                markdown.code(i.workload),
                markdown.code(i.container),
                markdown.code(i.image),
                markdown.code(i.digest),
            )
            for i in self.outcome.images
        ]
        return markdown.table(("Workload", "Container", "Image", "Digest that runs"), rows) if rows else ""

    def _images_in_log(self) -> None:
        for image in self.outcome.images:
            self.runner.info(
                f"{image.workload}, container {image.container}: {image.image} runs as {image.digest}"
            )


def text_of(diagnosis: Diagnosis) -> str:
    """For the log: reasons, events, the ends of logs."""
    lines = [*diagnosis.reasons]
    if diagnosis.events:
        lines += ["", "Events:", *(f"  {event}" for event in diagnosis.events)]
    for title, log in diagnosis.logs.items():
        lines += ["", f"{title}:", *(f"  | {line}" for line in log.splitlines())]
    return "\n".join(lines)


def _details(diagnosis: Diagnosis) -> str:
    return markdown.details(
        f"{diagnosis.label}: reasons, events, logs", markdown.code_block(text_of(diagnosis), "text")
    )
