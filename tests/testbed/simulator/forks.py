"""Pull requests from forks: whoever wrote them is a stranger.

https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows#workflows-in-forked-repositories
https://docs.github.com/en/actions/concepts/security/secrets
"""

from dataclasses import replace

from .config import Config


def from_fork(config: Config) -> bool:
    """Whether the event is a pull request whose head is in another repository than its base."""
    if config.event_name != "pull_request":
        return False
    sides = config.event.get("pull_request", {})
    head, base = (sides.get(side, {}).get("repo", {}).get("full_name") for side in ("head", "base"))
    return head is not None and head != (base or config.repository)


def withheld(config: Config) -> Config:
    """No secrets but GITHUB_TOKEN, and no configuration variables, reach a fork's workflow.

    Variables: https://github.com/orgs/community/discussions/44322
    """
    return replace(config, secrets={}, variables={}, environments={}) if from_fork(config) else config
