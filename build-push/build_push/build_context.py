"""The build's context: a folder of the runner, or a git address that BuildKit fetches itself."""

import re
from urllib.parse import urlsplit

_PLACEHOLDER = re.compile(r"\{\{\s*defaultContext\s*\}\}")
# What docker takes for something to fetch rather than a path.
# https://github.com/moby/buildkit/blob/master/util/gitutil/git_ref.go
_REMOTE = re.compile(r"(?:https?|git|ssh)://|git@[^/:]+:|github\.com/")


def default_context(server_url: str, repository: str, sha: str) -> str:
    """The commit of the run as a git context, as docker/build-push-action has it."""
    return f"{server_url.rstrip('/')}/{repository}.git#{sha}"


def resolve(text: str, default: str) -> str:
    """The context that was asked for: `default` if nothing was, and in place of `{{defaultContext}}`."""
    return _PLACEHOLDER.sub(lambda _: default, text) if text else default


def is_remote(context: str) -> bool:
    """Whether BuildKit fetches the context, so that nothing can be checked on the runner."""
    return bool(_REMOTE.match(context))


def token_host(context: str, server_url: str) -> str:
    """The host whose private repositories the job's token opens, if the context is there; else nothing.

    The token is GitHub's own and goes to no other host.
    """
    server, there = urlsplit(server_url), urlsplit(context)
    return server.netloc if there.scheme == "https" and there.netloc == server.netloc else ""
