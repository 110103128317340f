import pytest

from build_push import failure

RUN_FAILED = """\
#6 [3/3] RUN pip install -r list.txt
#6 0.412 Collecting flask==99
#6 0.500 ERROR: No matching distribution found for flask==99
#6 ERROR: process "/bin/sh -c pip install -r list.txt" did not complete successfully: exit code: 1
------
 > [3/3] RUN pip install -r list.txt:
0.412 Collecting flask==99
0.500 ERROR: No matching distribution found for flask==99
------
Dockerfile:4
--------------------
   2 |     WORKDIR /app
   3 |     COPY . .
   4 | >>> RUN pip install -r list.txt
   5 |     CMD ["python", "app.py"]
--------------------
ERROR: failed to solve: process "/bin/sh -c pip install -r list.txt" did not complete successfully: {end}
"""
COPY_FAILED = """\
------
 > [2/2] COPY nope.txt /:
------
Dockerfile:2
--------------------
   1 |     FROM scratch
   2 | >>> COPY nope.txt /
--------------------
ERROR: failed to solve: failed to compute key: failed to calculate checksum of a::b: "/nope.txt": not found
"""
SEVERAL_LINES = """\
Dockerfile:2
--------------------
   1 |     FROM busybox
   2 | >>> RUN echo a && \\
   3 | >>>     false
--------------------
ERROR: failed to solve: process "/bin/sh -c echo a && false" did not complete successfully: exit code: 1
"""
DENIED = (
    "ERROR: failed to solve: failed to push 111111111111.dkr.ecr.ap-northeast-2.amazonaws.com/app:1: "
    "denied: User: arn:aws:sts::111111111111:assumed-role/runner/i-1 is not authorized to perform: "
    "ecr:InitiateLayerUpload on resource: arn:aws:ecr:ap-northeast-2:111111111111:repository/app because no "
    "identity-based policy allows the ecr:InitiateLayerUpload action"
)


def test_failed_instruction_is_shown_at_its_line() -> None:
    error = failure.explain(1, RUN_FAILED.format(end="exit code: 1"), "services/api/Dockerfile")
    assert (error.title, error.file, error.line) == (
        "An instruction of the Dockerfile failed",
        "services/api/Dockerfile",
        4,
    )
    assert "services/api/Dockerfile, line 4:\n    RUN pip install -r list.txt\n" in error.message
    assert "No matching distribution found for flask==99" in error.message


def test_instruction_of_several_lines_is_quoted_whole() -> None:
    where = failure.place(SEVERAL_LINES)
    assert where is not None
    assert (where.line, where.instruction) == (2, "RUN echo a && \\\n    false")


def test_annotation_is_on_no_file_that_is_not_the_repositorys() -> None:
    error = failure.explain(1, COPY_FAILED, "")
    assert (error.file, error.line) == (None, None)
    assert "Dockerfile, line 2" in error.message
    assert failure.explain(1, COPY_FAILED, "/elsewhere/Dockerfile").file is None


@pytest.mark.parametrize(
    ("exit_code", "output", "title", "hint"),
    [
        (1, RUN_FAILED.format(end="exit code: 137"), "An instruction of the Dockerfile was killed", "memory"),
        (1, COPY_FAILED, "A file that the Dockerfile copies isn't in the context", "/nope.txt is looked for"),
        (1, DENIED, "The registry denied the push", "assumed-role/runner/i-1 lacks ecr:InitiateLayerUpload"),
        (
            1,
            DENIED.replace("InitiateLayerUpload", "GetDownloadUrlForLayer"),
            "The registry denied the pull",
            "assumed-role/runner/i-1 lacks ecr:GetDownloadUrlForLayer",
        ),
        (
            1,
            'ERROR: error parsing HTTP 403 response body: unexpected end of JSON input: ""',
            "The registry denied the push",
            "lacks ecr:BatchCheckLayerAvailability",
        ),
        (
            1,
            "ERROR: failed to solve: dockerfile parse error on line 3: unknown instruction: FRMO",
            "The Dockerfile has a syntax error",
            "docs.docker.com",
        ),
        (
            1,
            (
                "ERROR: tag invalid: The image tag 'v1' already exists in the 'app-immutable' repository and "
                "cannot be overwritten because the repository is immutable."
            ),
            "The tag exists and can't be moved",
            "app-immutable:v1",
        ),
        (
            1,
            "ERROR: failed to solve: failed to read dockerfile: open Dockerfile: no such file or directory",
            "The Dockerfile isn't in the context",
            "git context",
        ),
        (
            1,
            'ERROR: failed to solve: target stage "relese" could not be found',
            "The Dockerfile has no such stage",
            "the stage relese",
        ),
        (
            1,
            (
                "ERROR: failed to solve: python:3.99: failed to resolve source metadata for "
                "docker.io/library/python:3.99: docker.io/library/python:3.99: not found"
            ),
            "A base image doesn't exist",
            "python:3.99",
        ),
        (
            1,
            "ERROR: denied: The repository with name 'app' already has the maximum allowed number of images",
            "A quota of the registry is used up",
            "lifecycle policy",
        ),
        (
            1,
            "ERROR: error getting credentials - err: exit status 1, out: `The AWS credentials have expired`",
            "The registry's password couldn't be had",
            "The AWS credentials have expired",
        ),
        (
            1,
            'error getting credentials - err: exec: "docker-credential-x": executable file not found',
            "The registry's password couldn't be had",
            "names the credential helper docker-credential-x",
        ),
        (
            1,
            "ERROR: toomanyrequests: You have reached your pull rate limit",
            "The registry limits the",
            "Docker Hub",
        ),
        (1, "ERROR: write /x: no space left on device", "The runner's disk is full", "docker system df"),
        (
            1,
            (
                "ERROR: failed to solve: failed to fetch https://github.com/org/app.git: fatal: "
                "could not read Username for 'https://github.com': terminal prompts disabled"
            ),
            "The git context can't be read",
            "context: .",
        ),
        (137, "", "The build was killed", "memory"),
        (1, "something new", "The build failed", "log"),
    ],
)
def test_cause_and_next_step(exit_code: int, output: str, title: str, hint: str) -> None:
    error = failure.explain(exit_code, output, "Dockerfile")
    assert error.title.startswith(title)
    assert hint in error.hint


def test_build_that_ends_without_a_word_says_its_exit_code() -> None:
    assert "exit code 137" in failure.explain(137, "", "Dockerfile").message


def test_what_a_killed_build_printed_before_is_not_its_error() -> None:
    error = failure.explain(-9, "#6 0.5 ERROR: retrying\n", "Dockerfile")
    assert "signal 9" in error.message
    assert error.title == "The build was killed"


def test_without_an_error_line_the_last_lines_are_shown() -> None:
    output = "\n".join(f"line {number}" for number in range(100))
    message = failure.explain(1, output, "Dockerfile").message
    assert "line 99" in message
    assert "line 80" in message
    assert "line 79" not in message


def test_what_a_program_prints_is_not_taken_for_a_cause() -> None:
    output = RUN_FAILED.format(end="exit code: 1").replace(
        "Collecting flask==99", "toomanyrequests quota x509:"
    )
    assert failure.explain(1, output, "Dockerfile").title == "An instruction of the Dockerfile failed"
