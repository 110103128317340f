"""Reusable workflows: what `jobs.<id>.uses` names is read, with all that it calls, before anything runs.

https://docs.github.com/en/actions/reference/workflows-and-actions/reusing-workflow-configurations
https://github.com/actions/runner/blob/main/src/Sdk/WorkflowParser/Conversion/ReusableWorkflowsLoader.cs
"""

import re
from dataclasses import replace

from . import document, interface, published, scopes, workflow
from .config import Config
from .document import Value
from .errors import WorkflowError
from .jobs import Job
from .published import FOLDER, Source
from .workflow import Workflow

MAX_DEPTH = 9  # with the top-level caller ten levels
MAX_CALLED = 50  # unique ones, in the whole tree
LOCAL = ("./", "$/")
FILE = re.compile(rf"{re.escape(FOLDER)}/[^/]+\.ya?ml")


class Loader:
    def __init__(self, config: Config) -> None:
        self._config = config
        self._called: set[str] = set()

    def load(self, caller: Workflow, chain: tuple[str, ...] = ()) -> Workflow:
        """The workflow with all workflows that its jobs call."""
        names = (*chain, caller.source.name)
        called = {job.id: self._called_by(caller, job, names) for job in caller.jobs.values() if job.call}
        return replace(caller, called=called)

    def _called_by(self, caller: Workflow, job: Job, chain: tuple[str, ...]) -> Workflow:
        assert job.call is not None
        uses = job.call.uses
        if len(chain) > MAX_DEPTH:
            raise uses.error(f"Nested reusable workflow depth exceeded {MAX_DEPTH}")
        source = self._source(uses, caller.source)
        if source.name in chain:
            raise uses.error(f"Workflows call each other in a circle: {' -> '.join([*chain, source.name])}")
        self._called.add(source.name)
        if len(self._called) > MAX_CALLED:
            raise uses.error(
                f"A workflow may call {MAX_CALLED} different workflows at most, with what they call"
            )
        try:
            called = self._read(uses, source)
        except WorkflowError as error:
            raise _told_by_caller(error, uses) from error
        interface.check(job.call, called.interface or interface.Interface())
        granted = caller.permissions if job.permissions is None else job.permissions
        _check_permissions(caller, job, called, granted)
        if called.permissions is None:
            called = replace(called, permissions=granted)
        return self.load(called, chain)

    def _source(self, uses: Value, caller: Source) -> Source:
        named = uses.text("uses")
        if named.startswith(LOCAL):
            if "@" in named:
                raise _invalid(uses, "cannot specify version when calling local workflows")
            return caller.sibling(_path(uses, named[2:]))
        rest, at, ref = named.partition("@")
        owner, _, rest = rest.partition("/")
        repository, _, path = rest.partition("/")
        if not (at and ref):
            raise _invalid(uses, "no version specified")
        if not (owner and repository and path):
            forms = f"'owner/repository/{FOLDER}/file.yml@ref' or './{FOLDER}/file.yml'"
            raise _invalid(uses, f"references to workflows must be {forms}")
        found = published.find(self._config, f"{owner}/{repository}", _path(uses, path), ref)
        if found is None:
            raise uses.error(
                f"failed to fetch workflow {named}: {owner}/{repository} is not published, or has no branch,"
                f" tag or commit {ref} (looked in {self._config.github} and {self._config.actions})"
            )
        return found

    def _read(self, uses: Value, source: Source) -> Workflow:
        text = published.text(self._config, source)
        if text is None:
            known = ", ".join(published.names(self._config, source)) or "no workflows"
            raise uses.error(
                f"workflow was not found: {source.name} (the commit {source.sha[:7]} has {known} in {FOLDER})"
            )
        shown = source.path if uses.text("uses").startswith(LOCAL) else source.name
        called = workflow.parse(document.parse(text, shown), source)
        if called.interface is None:
            raise WorkflowError("workflow_call key is not defined in the referenced workflow", file=shown)
        return called


def _path(uses: Value, path: str) -> str:
    if not path.startswith(f"{FOLDER}/"):
        raise _invalid(uses, f"references to workflows must be rooted in '{FOLDER}'")
    if not FILE.fullmatch(path):
        raise _invalid(uses, f"workflows are files *.yml or *.yaml at the top level of '{FOLDER}'")
    return path


def _invalid(uses: Value, problem: str) -> WorkflowError:
    return uses.error(f"invalid value workflow reference '{uses.data}': {problem}")


def _told_by_caller(error: WorkflowError, uses: Value) -> WorkflowError:
    if (error.file, error.line) == (uses.file, uses.line):
        return error
    message = f"{error.message} (called by {uses.file}:{uses.line})"
    return WorkflowError(message, file=error.file, line=error.line)


def _check_permissions(caller: Workflow, job: Job, called: Workflow, granted: dict[str, str] | None) -> None:
    assert job.call is not None
    start = f"Error calling workflow '{job.call.uses.data}'."
    if excess := scopes.excess(called.permissions, granted):
        raise _denied(caller, job, f"{start} The workflow {excess}.")
    for nested in called.jobs.values():
        if excess := scopes.excess(nested.permissions, granted):
            raise _denied(caller, job, f"{start} The nested job '{nested.id}' {excess}.")


def _denied(caller: Workflow, job: Job, message: str) -> WorkflowError:
    return WorkflowError(message, file=caller.path, line=job.line)
