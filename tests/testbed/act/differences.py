"""Where act and the simulator differ on tests/conformance, and which of them does as GitHub does.

tests/integration/test_act.py holds it against both: a new difference is a failure, and one that is gone, too.
"""

from dataclasses import dataclass

RUNNER = "https://github.com/actions/runner/blob/main/src"
DOCS = "https://docs.github.com/en/actions/reference/workflows-and-actions"
MAIN, GRAPH = "workflow.yml", "graph.yml"
ACT, SIMULATOR = "act", "simulator"
FOLLOWS = "sees what came of it"


@dataclass(frozen=True, kw_only=True)
class Difference:
    """A step, or a job where `step` is empty, that ends otherwise on act, in one job of a matrix at least."""

    workflow: str
    job: str
    step: str = ""
    act: str  # what it does
    right: str = SIMULATOR
    source: str


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """What act can't read: `instead` stands in the copy that it is given."""

    workflow: str
    text: str
    instead: str
    says: str
    right: str = SIMULATOR
    source: str


FILE_COMMANDS = f"{RUNNER}/Runner.Worker/FileCommandManager.cs"
COMMANDS = f"{RUNNER}/Runner.Worker/ActionCommandManager.cs"
JOB_CONTAINER = f"{RUNNER}/Runner.Worker/ContainerOperationProvider.cs"
CONTAINER_ACTION = f"{RUNNER}/Runner.Worker/Handlers/ContainerActionHandler.cs"
INPUTS = f"{DOCS}/metadata-syntax#inputs"
STRATEGY = f"{DOCS}/contexts#strategy-context"
REUSING = f"{DOCS}/reusing-workflow-configurations#github-context"

DIFFERENCES = (
    Difference(
        workflow=MAIN,
        job="steps",
        act="fails the job for a malformed GITHUB_OUTPUT in spite of the step's continue-on-error",
        source=FILE_COMMANDS,
    ),
    Difference(
        workflow=MAIN,
        job="steps",
        step='test "{{ steps.malformed.outcome }} {{ steps.unclosed.outcome }}" = "failure failure"',
        act="lets the step with a malformed GITHUB_OUTPUT have the outcome success",
        source=FILE_COMMANDS,
    ),
    Difference(
        workflow=MAIN,
        job="steps",
        step='test -z "$NODE_OPTIONS"',
        act="lets GITHUB_ENV set NODE_OPTIONS",
        source=FILE_COMMANDS,
    ),
    Difference(
        workflow=MAIN,
        job="steps",
        step="Commands that GitHub disabled fail the step",
        act="reports a disabled command, and the step succeeds",
        source=COMMANDS,
    ),
    Difference(
        workflow=MAIN,
        job="steps",
        step='test "$SNEAKED {{ steps.disabled.outcome }}" = " failure"',
        act=FOLLOWS,
        source=COMMANDS,
    ),
    Difference(
        workflow=MAIN,
        job="steps",
        step="Expressions",
        act="keeps an empty place in a filtered list for each item without the property",
        source=f"{RUNNER}/Sdk/DTExpressions2/Expressions2/Sdk/Operators/Index.cs",
    ),
    Difference(
        workflow=MAIN,
        job="steps",
        step="A composite action's inputs",
        act="sets INPUT_* for a composite action's steps, and loses an input given in another letter case",
        source=INPUTS,
    ),
    Difference(
        workflow=MAIN,
        job="steps",
        step='test "{{ steps.inputs.outputs.result }}" = "given default steps"',
        act=FOLLOWS,
        source=INPUTS,
    ),
    Difference(workflow=MAIN, job="steps", step="Actions in actions", act=FOLLOWS, source=INPUTS),
    Difference(
        workflow=MAIN,
        job="outputs",
        step="Job outputs arrive, but not with a secret in them",
        act="hands on a job's output with a masked value in it",
        source=f"{DOCS}/workflow-syntax#jobsjob_idoutputs",
    ),
    Difference(
        workflow=MAIN,
        job="containers",
        step="A container action",
        act="tells a container action the machine's paths and PATH; there is no /github/…, and HOME is /root",
        source=CONTAINER_ACTION,
    ),
    Difference(
        workflow=MAIN,
        job="containers",
        step="Its outputs come back, its paths are not mapped back",
        act=FOLLOWS,
        source=CONTAINER_ACTION,
    ),
    Difference(
        workflow=MAIN,
        job="job-container",
        step="Steps run in it, by sh unless they say otherwise, with its paths",
        act="gives a job's container the machine's paths and HOME; there is no /__w, and no /github/home",
        source=JOB_CONTAINER,
    ),
    Difference(
        workflow=MAIN,
        job="job-container",
        step="What it says arrives",
        act=FOLLOWS,
        source=JOB_CONTAINER,
    ),
    Difference(
        workflow=MAIN,
        job="job-container",
        step="A container action is its sibling, with the host's mounts",
        act="gives it the same paths, and doesn't take the input entryPoint",
        source=CONTAINER_ACTION,
    ),
    Difference(
        workflow=GRAPH,
        job="include",
        step="Combinations come in this order",
        act="knows neither strategy.job-index nor strategy.job-total",
        source=STRATEGY,
    ),
    Difference(
        workflow=GRAPH,
        job="include",
        step='test "{{ strategy.job-total }} {{ strategy.max-parallel }} {{ strategy.fail-fast }}"'
        ' = "6 6 true"',
        act="runs four jobs of a matrix at once where nothing is said, not all",
        source=f"{DOCS}/workflow-syntax#jobsjob_idstrategymax-parallel",
    ),
    Difference(
        workflow=GRAPH,
        job="exclude",
        step="An unquoted number is a number",
        act="compares `exclude` with the letter case and the type, so that a third job is left",
        source=f"{RUNNER}/Sdk/WorkflowParser/Conversion/MatrixBuilder.cs",
    ),
    Difference(
        workflow=GRAPH,
        job="nothing-left",
        step="The job runs once, without a matrix",
        act="has {} for no matrix",
        source=STRATEGY,
    ),
    Difference(
        workflow=GRAPH,
        job="nested",
        step="There is no matrix but that of the calling job",
        act="has {} for no matrix",
        source=STRATEGY,
    ),
    Difference(
        workflow=GRAPH,
        job="called",
        step="The caller's env does not cross, and only the secrets that it passes",
        act="keeps secrets.GITHUB_TOKEN from a called workflow",
        source=REUSING,
    ),
    Difference(
        workflow=GRAPH,
        job="called",
        step="The github context is the caller's, the job context the called one's",
        act="says the called workflow's name in GITHUB_WORKFLOW, and nothing in job.workflow_*",
        source=REUSING,
    ),
    Difference(
        workflow=GRAPH,
        job="called",
        step="An action's path is one in the workspace",
        act="sets INPUT_* for a composite action's steps",
        source=INPUTS,
    ),
    Difference(
        workflow=GRAPH,
        job="called",
        step='test "{{ steps.inputs.outputs.result }}" = "given default called"',
        act=FOLLOWS,
        source=INPUTS,
    ),
    Difference(
        workflow=GRAPH,
        job="results",
        step="A matrix has one result and the outputs of all its jobs",
        act="has only the outputs of the job of a matrix that ended first",
        source=f"{DOCS}/workflow-syntax#jobsjob_idoutputs",
    ),
    Difference(
        workflow=GRAPH,
        job="results",
        step="A called workflow has its jobs' result and the outputs that it declares",
        act="has no `jobs.<job_id>.result` for a called workflow's outputs",
        source=f"{DOCS}/contexts#jobs-context",
    ),
)

REFUSALS = (
    Refusal(
        workflow=GRAPH,
        text="queue: max",
        instead="cancel-in-progress: false",
        says="Unknown Property queue",
        source=f"{DOCS}/workflow-syntax#concurrency",
    ),
)


def table() -> str:
    """In Markdown, for the README."""
    rows = ["| job, step | what act does | right is | source |", "|---|---|---|---|"]
    for one in DIFFERENCES:
        place = f"`{one.job}`: {_cell(one.step)}" if one.step else f"`{one.job}`"
        rows.append(f"| {place} | {one.act} | {one.right} | {_link(one.source)} |")
    rows += [
        f"| {_cell(one.text)} | refuses it: {one.says} | {one.right} | {_link(one.source)} |"
        for one in REFUSALS
    ]
    return "\n".join(rows)


def _cell(text: str) -> str:
    """What looks like code is shown as such."""
    return f"`{text}`" if any(sign in text for sign in '"{:') else text


def _link(source: str) -> str:
    return f"[{source.rpartition('/')[2]}]({source})"
