"""A profile whose credentials are renewed while the job lasts, by a program that AWS's SDKs start.

https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html
"""

import io
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
from assume_role import files

# Sources that can be asked again, and not by the profile that asks.
RENEWABLE = (source.OIDC, source.TOKEN_FILE, source.CONTAINER, source.INSTANCE)
# SDKs ask again 10 to 15 minutes before the end; what they are given must last longer than that.
LEFT = timedelta(minutes=16)
# Inputs that the program does without: keys, and what would make it look at the profile that it is for.
LEFT_OUT = ("aws-access-key-id", "aws-secret-access-key", "aws-session-token", "use-existing-credentials")
OWN_VARIABLES = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE")


def require_renewable(identity: Identity, inputs: Mapping[str, str]) -> None:
    """ActionError where what `inputs` led to can't be had once more."""
    # A file that AWS_WEB_IDENTITY_TOKEN_FILE names is botocore's, which has no input for it.
    unnamed = identity.source == source.TOKEN_FILE and not inputs.get("web-identity-token-file")
    if identity.source not in RENEWABLE or identity.expiration is None or unnamed:
        raise ActionError(
            "The profile can't renew itself",
            f"`profile-refresh` is true, and the credentials come from `{identity.source}`, which gives them "
            "once. Nothing was exported.",
            f"Use one of {', '.join(f'`{each}`' for each in RENEWABLE)}, a token file by "
            "`web-identity-token-file`, or leave `profile-refresh` out.",
        )


def command(file: Path) -> str:
    """The line for `credential_process`: this program, by the Python and from the folder that run it now."""
    program = [sys.executable, "-ISB", str(Path(__file__).resolve().parent), str(file)]
    return " ".join(map(shlex.quote, program))


def settings(inputs: Mapping[str, str], identity: Identity) -> str:
    """The text of the program's file: the inputs without keys, and the first credentials."""
    kept = {name: value for name, value in inputs.items() if name not in LEFT_OUT}
    # Where `auto` found a role that needs no profile, it would now find the profile.
    kept.update({"credential-source": identity.source, "aws-region": identity.region})
    return json.dumps({"inputs": kept, "credentials": _document(identity)})


def main(argv: Sequence[str]) -> int:
    """Prints credentials as SDKs want them; an error goes to standard error, which they show."""
    for name in OWN_VARIABLES:
        os.environ.pop(name, None)
    # Standard output is for the credentials, and SDKs put standard error into their own messages, where the
    # runner would recognise no command that masks a secret.
    runner = None
    try:
        runner = Runner(os.environ, io.StringIO())
        sys.stdout.write(json.dumps(credentials(Path(argv[0]), runner)) + "\n")
    except ActionError as error:
        told = f"{error.title}: {error.text}"
        sys.stderr.write(f"{runner.redact(told) if runner else told}\n")
        return 1
    except (OSError, ValueError, KeyError) as error:
        sys.stderr.write(f"assume-role couldn't renew the profile: {type(error).__name__}.\n")
        return 1
    return 0


def credentials(file: Path, runner: Runner) -> dict[str, Any]:
    """Those in the file while they last, else new ones, which take their place."""
    if not file.is_file():
        raise ActionError("The profile has ended", "Its job is over, or `mode: clear` has removed it.")
    # SDKs of many processes may ask at once: one renews, the others have its answer.
    with files.locked(file.parent):
        known: dict[str, Any] = json.loads(files.read(file))
        ends = datetime.fromisoformat(known["credentials"]["Expiration"])
        if ends - datetime.now(timezone.utc) > LEFT:
            return dict(known["credentials"])
        found = _document(_obtain(known["inputs"], runner))
        files.replace({file: json.dumps({**known, "credentials": found})})
        return found


def _obtain(inputs: Mapping[str, str], runner: Runner) -> Identity:
    from assume_role.settings import FORMER, INPUTS, read  # noqa: PLC0415 - it imports what writes profiles

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
