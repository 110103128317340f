"""What a run leaves: conclusions, outputs, annotations, summaries, as objects and as files."""

import dataclasses
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Annotation:
    level: str  # error, warning or notice
    message: str
    title: str = ""
    file: str = ""
    line: str = ""
    properties: dict[str, str] = field(default_factory=dict)  # as given: col, endLine…
    step: str = ""

    def replace(self, **changes: Any) -> "Annotation":
        return dataclasses.replace(self, **changes)


@dataclass(kw_only=True)
class StepResult:
    id: str
    name: str
    outcome: str = ""  # before continue-on-error
    conclusion: str = ""
    outputs: dict[str, str] = field(default_factory=dict)
    summary: str = ""
    annotations: list[Annotation] = field(default_factory=list)
    seconds: float = 0.0


@dataclass(frozen=True)
class Label:
    """How a job is called: its id in results, its name on GitHub's pages, and its files' name."""

    id: str
    name: str
    file: str

    def inside(self, caller: "Label | None") -> "Label":
        if caller is None:
            return self
        return Label(f"{caller.id} / {self.id}", f"{caller.name} / {self.name}", f"{caller.file}.{self.file}")


@dataclass(kw_only=True)
class JobResult:
    """`id` is the job's id, of a matrix with its values, in a called workflow after its caller's:
    `build`, `build (3.10, linux)`, `deploy / apply`.
    """

    id: str
    name: str
    file: str = ""  # of its log and summaries, without the ending: build, build._3_10_linux, deploy.apply
    conclusion: str = ""
    outputs: dict[str, str] = field(default_factory=dict)
    steps: list[StepResult] = field(default_factory=list)
    log: str = ""
    environment_url: str = ""

    @classmethod
    def of(cls, label: Label, conclusion: str = "") -> "JobResult":
        return cls(id=label.id, name=label.name, file=label.file, conclusion=conclusion)

    def note(self, level: str, message: str) -> None:
        """An annotation that is of no step: why the job failed, or was cancelled, without one."""
        step = StepResult(id="job", name="Job", outcome=self.conclusion, conclusion=self.conclusion)
        step.annotations.append(Annotation(level=level, message=message, step=step.id))
        self.steps.append(step)


def write(folder: Path, conclusion: str, jobs: list[JobResult]) -> None:
    """result.json, annotations.json, JOB.log (there already), summary/JOB/N-STEP.md; JOB is `file`."""
    annotations = []
    for job in jobs:
        for number, step in enumerate(job.steps, start=1):
            annotations += [{"job": job.id, **dataclasses.asdict(one)} for one in step.annotations]
            if step.summary:
                target = folder / "summary" / job.file / f"{number:02d}-{step.id}.md"
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(step.summary, encoding="utf-8")
    _write_json(folder / "annotations.json", annotations)
    found = {job.id: {**dataclasses.asdict(job), "log": f"{job.file}.log"} for job in jobs}
    _write_json(folder / "result.json", {"conclusion": conclusion, "jobs": found})


def _write_json(file: Path, data: Any) -> None:
    file.write_text(json.dumps(data, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def read(folder: Path) -> tuple[str, dict[str, JobResult]]:
    data = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    return data["conclusion"], {key: _job(folder, value) for key, value in data["jobs"].items()}


def _job(folder: Path, data: dict[str, Any]) -> JobResult:
    log = folder / data["log"]
    steps = [
        StepResult(**{**step, "annotations": [Annotation(**one) for one in step["annotations"]]})
        for step in data["steps"]
    ]
    text = log.read_text(encoding="utf-8") if log.exists() else ""
    return JobResult(**{**data, "steps": steps, "log": text})
