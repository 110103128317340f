"""An event of act's as lines of a log, in the runner's own notation."""

from typing import Any

BEGIN = "\N{WHITE MEDIUM STAR} Run "
LABELS = {"error": "##[error]", "fatal": "##[error]", "warning": "##[warning]"}
FRAME = ("Set up job", "Complete job")


def of(event: dict[str, Any]) -> str | None:
    """None for what only someone who looks for a fault in act wants to read."""
    message = str(event["msg"]).rstrip("\n")
    if event["level"] == "debug" or (event.get("step") in FRAME and event.get("stepResult") != "failure"):
        return None
    if event.get("raw_output"):
        return message
    if message.startswith(BEGIN):
        stage, _, name = message.removeprefix(BEGIN).partition(" ")
        title = name if stage == "Main" else f"{stage} {name}"
        return f"##[group]Run {next(iter(title.splitlines()), '')}\n##[endgroup]"
    if event.get("command") in ("error", "warning", "notice"):
        return f"##[{event['command']}]{event.get('arg', '')}"
    return LABELS.get(event["level"], "") + next(iter(message.strip().splitlines()), "")


def shown(line: str) -> str:
    """As GitHub's page shows a line of the log."""
    if line.startswith("##[group]"):
        return "\N{BLACK DOWN-POINTING TRIANGLE} " + line.removeprefix("##[group]")
    for label in ("error", "warning", "notice"):
        if line.startswith(f"##[{label}]"):
            return f"{label.capitalize()}: {line.removeprefix(f'##[{label}]')}"
    return line
