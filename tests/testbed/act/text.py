"""An event of act's as lines of a log, in the runner's own notation."""

from typing import Any

BEGIN = "\N{WHITE MEDIUM STAR} Run "
LABELS = {"error": "##[error]", "fatal": "##[error]", "warning": "##[warning]"}


def of(event: dict[str, Any]) -> str | None:
    """None for what only someone who looks for a fault in act wants to read."""
    message = str(event["msg"]).rstrip("\n")
    if event["level"] == "debug":
        return None
    if event.get("raw_output"):
        return message
    if message.startswith(BEGIN):
        stage, _, name = message.removeprefix(BEGIN).partition(" ")
        title = name if stage == "Main" else f"{stage} {name}"
        return f"##[group]Run {title}\n##[endgroup]"
    label = LABELS.get(event["level"], "")
    if event.get("command") in ("error", "warning", "notice"):
        return f"##[{event['command']}]{event.get('arg', '')}"
    return label + message.strip()
