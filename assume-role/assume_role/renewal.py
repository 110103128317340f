"""A profile whose credentials are renewed while the job lasts, by a program that AWS's SDKs start.

https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html
"""

import fcntl
import json
import os
import shlex
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from actionkit.aws import source
from actionkit.aws.identity import Identity
from actionkit.aws.obtain import obtain
from actionkit.errors import ActionError
from actionkit.inputs import Reader
from actionkit.retry import SystemClock
from actionkit.runner import Runner

# Sources that can be asked again, and not by the profile that asks.
RENEWABLE = (source.OIDC, source.TOKEN_FILE, source.CONTAINER, source.INSTANCE)
# SDKs ask again 10 to 15 minutes before the end; what they are given must last longer than that.
LEFT = timedelta(minutes=16)
SECRETS = ("aws-access-key-id", "aws-secret-access-key", "aws-session-token")


def require_renewable(identity: Identity) -> None:
    if identity.source not in RENEWABLE or identity.expiration is None:
        raise ActionError(
            "The profile can't renew itself",
            f"`profile-refresh` is true, and the credentials come from `{identity.source}`, which gives them "
            "once. Nothing was exported.",
            f"Use one of {', '.join(f'`{each}`' for each in RENEWABLE)}, or leave `profile-refresh` out.",
        )


def command(file: Path) -> str:
    """The line for `credential_process`: this program, by the Python and from the folder that run it now."""
    program = [sys.executable, "-ISB", str(Path(__file__).resolve().parent), str(file)]
    return " ".join(map(shlex.quote, program))


def settings(inputs: Mapping[str, str], identity: Identity) -> str:
    """The text of the program's file: the inputs without keys, and the first credentials."""
    kept = {name: value for name, value in inputs.items() if name not in SECRETS}
    # Where `auto` found a role that needs no profile, it would now find the profile.
    kept.update({"credential-source": identity.source, "aws-region": identity.region})
    return json.dumps({"inputs": kept, "credentials": _document(identity)})


def main(argv: Sequence[str]) -> int:
    """Prints credentials as SDKs want them; an error goes to standard error, which they show."""
    try:
        (file,) = map(Path, argv)
        sys.stdout.write(json.dumps(credentials(file, os.environ)) + "\n")
    except ActionError as error:
        sys.stderr.write(f"{error.title}: {error.text}\n")
        return 1
    except (OSError, ValueError, KeyError) as error:
        sys.stderr.write(
            f"assume-role's profile can't be renewed outside of the job that made it ({error}).\n"
        )
        return 1
    return 0


def credentials(file: Path, environ: Mapping[str, str]) -> dict[str, Any]:
    """Those in the file while they last, else new ones, which take their place."""
    with file.open("r+", encoding="utf-8") as opened:
        # SDKs of many processes may ask at once: one renews, the others have its answer.
        fcntl.flock(opened, fcntl.LOCK_EX)
        known: dict[str, Any] = json.load(opened)
        ends = datetime.fromisoformat(known["credentials"]["Expiration"])
        if ends - datetime.now(timezone.utc) > LEFT:
            return dict(known["credentials"])
        identity = _obtain(known["inputs"], environ)
        text = json.dumps({**known, "credentials": _document(identity)})
        opened.seek(0)
        opened.write(text)
        opened.truncate()
        return _document(identity)


def _obtain(inputs: Mapping[str, str], environ: Mapping[str, str]) -> Identity:
    from assume_role.settings import FORMER, INPUTS, read  # noqa: PLC0415 - it imports what writes profiles

    # What this says goes where SDKs put a program's complaints: standard output is for the credentials.
    runner = Runner(environ, sys.stderr)
    reader = Reader(inputs, INPUTS, FORMER)
    found = read(reader)
    reader.finish()
    return obtain(found.credentials, runner, SystemClock())


def _document(identity: Identity) -> dict[str, Any]:
    keys, ends = identity.credentials, identity.expiration
    if ends is None:
        raise ValueError("credentials without an end")
    return {
        "Version": 1,
        "AccessKeyId": keys.access_key_id,
        "SecretAccessKey": keys.secret_access_key,
        "SessionToken": keys.session_token,
        "Expiration": ends.astimezone(timezone.utc).isoformat(timespec="seconds"),
    }
