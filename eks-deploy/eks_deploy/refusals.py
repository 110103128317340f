"""What the API server refuses, said so that a person knows what to do. Pure: a refusal in, an
ActionError out.
"""

from __future__ import annotations

import re

from actionkit.errors import ActionError
from eks_deploy.api import Refused
from eks_deploy.conflicts import conflict_error
from eks_deploy.manifest import Manifest

_FORBIDDEN = re.compile(
    r'User "(?P<user>[^"]*)" cannot (?P<verb>\S+) resource "(?P<resource>[^"]*)"'
    r' in API group "(?P<group>[^"]*)"'
    r'(?: in the namespace "(?P<namespace>[^"]*)")?'
)


def explain(error: Refused, manifest: Manifest | None = None) -> ActionError:
    """`manifest` is the object that the request was about, for the annotation's file and line."""
    if error.status == 403:
        return _forbidden(error, manifest)
    if error.status == 409 and manifest is not None and error.reason == "Conflict":
        return conflict_error(error, manifest)
    if error.status in {400, 404, 422, 500} and manifest is not None:
        return _invalid(error, manifest)
    return _error(
        "The API server refused",
        f"Asked to {error.call.what}, it answered {error.status}: {error.message}",
        "Run the job again if this looks temporary.",
        manifest,
    )


def _forbidden(error: Refused, manifest: Manifest | None) -> ActionError:
    found = _FORBIDDEN.search(error.message)
    if not found:
        return _error(
            "Refused by a policy of the cluster",
            f"Asked to {error.call.what}, the API server answered: {error.message}",
            "An admission policy, a quota or Pod Security refused it: the message names which.",
            manifest,
        )
    group, namespace = found["group"], found["namespace"]
    rule = f'apiGroups: ["{group}"], resources: ["{found["resource"]}"], verbs: ["{found["verb"]}"]'
    where = f"a Role in the namespace {namespace}" if namespace else "a ClusterRole"
    also = ' Apply needs "get", "create" and "patch".' if found["verb"] in {"create", "patch", "get"} else ""
    return _error(
        "Not allowed in the cluster",
        f"Kubernetes knows the role as {found['user']!r}, and it may not {found['verb']} {found['resource']}"
        f"{f' in the namespace {namespace}' if namespace else ' in the whole cluster'} "
        f"(asked to {error.call.what}).",
        f"Bind it, or a group of its access entry, to {where} with {{{rule}}}.{also}",
        manifest,
    )


def _invalid(error: Refused, manifest: Manifest) -> ActionError:
    message = error.message
    if error.status == 404 and "namespaces" in message:
        return _error(
            "No such namespace", f"{manifest.label}: {message}", "Create the namespace first.", manifest
        )
    unknown = re.findall(r'unknown field "([^"]+)"', message) or re.findall(
        r"(\.\S+): field not declared in schema", message
    )
    if unknown:
        return _error(
            "Unknown field",
            f"{manifest.label}: {manifest.api_version} {manifest.kind} has no field {', '.join(unknown)}.",
            "Is it misspelt, or indented one level too far or too little?",
            manifest,
        )
    if "field is immutable" in message or "updates to statefulset spec" in message:
        return _error(
            "A field that can't be changed",
            f"{manifest.label}: {_causes(error, manifest)}",
            _immutable_hint(manifest),
            manifest,
        )
    if "failed to create typed patch object" in message:
        return _typed(message, manifest)
    title = "A webhook failed" if "webhook" in message else "The object isn't valid"
    hint = (
        "The message names the webhook: is its service up?"
        if "failed calling webhook" in message
        else "Correct the manifest; nothing was changed by this request."
    )
    return _error(title, f"{manifest.label}: {_causes(error, manifest)}", hint, manifest)


def _typed(message: str, manifest: Manifest) -> ActionError:
    """A value of another type than the field's; the server shows it as Go prints it."""
    what = message.partition("): ")[2] or message
    what = re.sub(r"&value\.valueUnstructured\{Value:(.*?)\}", r"\1", what)
    if manifest.kind == "Secret":
        what = re.sub(r", got .*", ", got something else (not shown: it is a Secret)", what, flags=re.DOTALL)
    hint = "Correct the manifest."
    if "expected string" in what:
        hint = "Put it in quotes: YAML reads yes, no, on, off, y and n as booleans, and digits as a number."
    return _error("Doesn't fit its schema", f"{manifest.label}: {what}", hint, manifest)


def _causes(error: Refused, manifest: Manifest) -> str:
    causes = [f"{cause.get('field')}: {cause.get('message')}" for cause in error.causes]
    text = "; ".join(causes) or error.message
    if manifest.kind == "Secret":
        text = re.sub(r"Invalid value: .*?: ", "Invalid value (not shown): ", text, flags=re.DOTALL)
    return text


def _immutable_hint(manifest: Manifest) -> str:
    if manifest.kind == "Job":
        return "A Job's template can't change: put the commit in its name, or delete the old Job first."
    return (
        f"Delete the old {manifest.kind} first (its pods stop with it), or give the new one another name. "
        "eks-deploy doesn't delete for you."
    )


def _error(title: str, message: str, hint: str, manifest: Manifest | None) -> ActionError:
    if manifest is None:
        return ActionError(title, message, hint)
    return ActionError(title, message, hint, file=manifest.file, line=manifest.line)
