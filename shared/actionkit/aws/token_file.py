"""A web identity token in a file, such as Kubernetes projects into a pod."""

import os
import re
import stat
from pathlib import Path

from actionkit.errors import ActionError

# https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
LONGEST = 20000
# The kubelet changes a projected token by changing what its link points to.
PROJECTED = re.compile(r"/var/run/secrets/[^/]+/serviceaccount/token")


def read(path: Path) -> str:
    """The token, read anew for each attempt: whoever writes the file renews it."""
    _refuse_links(path)
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        with open(descriptor, encoding="utf-8") as file:  # noqa: PTH123 - it is open already
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise _unusable(path, "is no regular file")
            token = file.read(LONGEST + 1).strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "is no text"
        raise _unusable(path, f"can't be read: {reason}") from None
    if token.count(".") != 2 or len(token) > LONGEST:
        raise _unusable(path, "holds no JWT")
    return token


def _refuse_links(path: Path) -> None:
    """A link could name any file of the runner's user."""
    if PROJECTED.fullmatch(str(path)):
        return
    for each in (path, path.parent):
        if each.is_symlink():
            raise _unusable(path, "is reached through a symbolic link")


def _unusable(path: Path, what: str) -> ActionError:
    return ActionError(
        "The web identity token file can't be used",
        f"`web-identity-token-file` names {path}, which {what}.",
        "Give the path of a file that holds one JWT and that the runner's user can read; a relative path "
        "begins at the workspace.",
    )
