import io
import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actionkit import markdown
from actionkit.errors import ActionError
from actionkit.runner import Runner
from fakes import FakeRunner, commands


@pytest.mark.parametrize("value", ["plain", "two\nlines", "NAME=evil\nOTHER<<X\nX", "", "ünïcode", "a\r\nb"])
def test_outputs_and_variables_arrive_whole_and_inject_nothing(value: str) -> None:
    runner = FakeRunner()
    runner.set_output("name", value)
    runner.export({"NAME": value})
    assert runner.outputs == {"name": value}
    assert runner.exported == {"NAME": value}


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_no_value_can_become_another_output(value: str) -> None:
    runner = FakeRunner()
    runner.set_output("before", value)
    runner.set_output("after", "x")
    assert runner.outputs == {"before": value, "after": "x"}


@given(
    st.lists(
        st.sampled_from(
            ["::error::x", "##[error]x", "x\r::error::x", "::add-mask::x", " ::notice::", "text", ""]
        )
    )
)
def test_no_text_for_the_log_can_become_a_command(lines: list[str]) -> None:
    runner = FakeRunner()
    runner.info("\n".join(lines))
    assert (runner.annotations, runner.masks) == ([], [])


def test_text_stays_text_while_another_thread_lets_commands_through_again() -> None:
    runner = FakeRunner()
    first, second = runner.stopped_commands(), runner.stopped_commands()
    first.__enter__()
    write = second.__enter__()
    first.__exit__(None, None, None)
    write("::error::injected\n")
    runner.add_mask("hunter2")
    second.__exit__(None, None, None)
    runner.notice("heard")
    assert (runner.masks, [a.message for a in runner.annotations]) == (["hunter2"], ["heard"])


class SlowLog(io.StringIO):
    """Gives way to other threads in the middle of everything."""

    def write(self, text: str) -> int:
        time.sleep(0.0005)
        return super().write(text)


def test_threads_that_speak_at_once_let_no_command_through() -> None:
    fake, log = FakeRunner(), SlowLog()
    runner = Runner(fake.environ, log)

    def say(number: int) -> None:
        runner.info(f"pod {number} said\n::error::injected")
        runner.add_mask(f"secret{number}")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(say, range(100)))
    heard = [name for name, _, _ in commands(log.getvalue())]
    assert heard == ["add-mask"] * 100


def test_delimiters_are_never_the_same() -> None:
    runner = FakeRunner()
    runner.set_output("a", "x")
    runner.set_output("b", "x")
    delimiters = [line.partition("<<")[2] for line in output_lines(runner) if "<<" in line]
    assert len(set(delimiters)) == 2


def output_lines(runner: FakeRunner) -> list[str]:
    return (runner.folder / "output").read_text().splitlines()


def test_exporting_leaves_our_own_environment_alone() -> None:
    runner = FakeRunner()
    runner.export({"NAME": "x"})
    assert "NAME" not in runner.environ


def test_a_secret_of_many_lines_is_masked_line_by_line_but_not_its_braces() -> None:
    runner = FakeRunner()
    runner.add_mask('{\n  "key": "value",\n  }\n\n---\nlast\n')
    assert runner.masks == ['"key": "value",', "last"]


def test_a_mask_is_written_once_and_flushed_at_once() -> None:
    runner = FakeRunner()
    runner.add_mask("secret")
    runner.add_mask("secret")
    assert runner.log == "::add-mask::secret\n"


def test_masks_are_struck_out_of_summaries_and_annotations() -> None:
    runner = FakeRunner()
    runner.add_mask("hunter2")
    runner.error("the password hunter2 is wrong", title="Login")
    runner.append_summary("password: hunter2")
    assert runner.annotations[0].message == "the password *** is wrong"
    assert "hunter2" not in runner.summary


@pytest.mark.parametrize("shown", [markdown.escape, markdown.code])
def test_masks_are_struck_out_of_a_summary_however_they_are_written_there(
    shown: Callable[[str], str],
) -> None:
    runner = FakeRunner()
    runner.add_mask("k8s-aws-v1.a_b_c")
    runner.append_summary(shown("the server said k8s-aws-v1.a_b_c"))
    assert runner.summary == f"{shown('the server said XXX')}\n\n".replace("XXX", "***")


def test_a_file_name_that_is_no_text_can_be_told_everywhere() -> None:
    name = os.fsdecode(b"k8s/\xff.yaml")
    runner = FakeRunner()
    runner.append_summary(name)
    runner.set_output("name", name)
    assert runner.summary == "k8s/\\udcff.yaml\n\n"
    assert runner.outputs == {"name": "k8s/\\udcff.yaml"}


def test_a_summary_that_cant_be_written_is_a_warning_and_no_more() -> None:
    runner = FakeRunner(environ={"GITHUB_STEP_SUMMARY": "/nowhere/summary"})
    runner.append_summary("text")
    assert [(a.kind, a.title) for a in runner.annotations] == [("warning", "No job summary")]


def test_annotations_are_escaped_and_have_no_empty_properties() -> None:
    runner = FakeRunner()
    runner.warning("100%\nsure", title="a: b, c", file="k8s/x.yml", line=3)
    runner.notice("plain")
    assert runner.log == (
        "::warning title=a%3A b%2C c,file=k8s/x.yml,line=3::100%25%0Asure\n::notice::plain\n"
    )


def test_a_long_annotation_is_cut_and_whole_in_the_log() -> None:
    runner = FakeRunner()
    runner.error("x" * 5000)
    assert len(runner.annotations[0].message) <= 4096
    assert "x" * 5000 in runner.log


@pytest.mark.parametrize(
    "text", ["::add-mask::x", "  ::error::x", "fine ##[add-mask]x", "a\n::set-output::b"]
)
def test_text_for_the_log_is_never_taken_for_a_command(text: str) -> None:
    runner = FakeRunner()
    runner.info(text)
    assert text in runner.log
    assert runner.annotations == []
    assert runner.masks == []
    assert runner.log.startswith("::stop-commands::")


def test_plain_text_stays_plain() -> None:
    runner = FakeRunner()
    runner.info("std::vector is fine")
    assert runner.log == "std::vector is fine\n"


def test_stopped_commands_resume_with_their_own_token_even_after_an_error() -> None:
    runner = FakeRunner()

    def broken() -> None:
        with runner.stopped_commands() as write:
            write("::error::not ours\n")
            raise ValueError("x")

    with pytest.raises(ValueError, match="x"):
        broken()
    begin, body, end = runner.log.splitlines()
    token = begin.removeprefix("::stop-commands::")
    assert (body, end) == ("::error::not ours", f"::{token}::")
    assert len(token) == 32


def test_a_mask_within_somebody_elses_output_is_heard() -> None:
    runner = FakeRunner()
    with runner.stopped_commands() as write:
        runner.add_mask("secret")
        write("::error::not ours\n")
    assert runner.masks == ["secret"]
    assert runner.annotations == []


def test_groups_close_when_something_fails_inside() -> None:
    runner = FakeRunner()
    with pytest.raises(ValueError, match="x"), runner.group("Two\nlines"):
        raise ValueError("x")
    assert runner.log == "::group::Two lines\n::endgroup::\n"


def test_summaries_add_up() -> None:
    runner = FakeRunner()
    runner.append_summary("one")
    runner.append_summary("two\n")
    assert runner.summary == "one\n\ntwo\n\n"


def test_a_summary_never_outgrows_what_the_runner_takes() -> None:
    runner = FakeRunner()
    runner.append_summary("first")
    runner.append_summary("```\n" + "a line\n" * 200_000)
    runner.append_summary("late")
    assert len(runner.summary.encode()) <= 1024 * 1024
    assert "The rest is in the log" in runner.summary
    assert runner.summary.count("```") == 2


def test_no_summary_file_is_no_failure() -> None:
    runner = FakeRunner(environ={"GITHUB_STEP_SUMMARY": ""})
    runner.append_summary("x")


@pytest.mark.parametrize("variable", ["RUNNER_TEMP", "GITHUB_WORKSPACE"])
def test_outside_a_runner_the_missing_variable_is_named(variable: str) -> None:
    runner = FakeRunner()
    environ = {key: value for key, value in runner.environ.items() if key != variable}
    with pytest.raises(ActionError, match=variable):
        Runner.from_environment(environ, runner.stdout)


def test_context_is_what_the_runner_says() -> None:
    context = FakeRunner().context
    assert (context.repository, context.event_name) == ("org/app", "push")
    assert context.run_url == "https://github.com/org/app/actions/runs/1000"
