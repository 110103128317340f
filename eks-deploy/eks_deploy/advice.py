"""The usual cause of a pod's failure, and what to do about it. Pure."""

from __future__ import annotations

import re

from eks_deploy.pod_failures import PodFailure

_PULL = "ErrImagePull|ImagePullBackOff"
_NO_SUCH_IMAGE = (
    "The registry has no such image: was it pushed with this tag or digest, to this repository and region?"
)
_NO_LOGIN = (
    "The node has no password for the registry. For one of ECR, the node's role needs "
    "ecr:GetAuthorizationToken (examples/aws/ecr-pull.json); for another registry, the pod needs "
    "imagePullSecrets."
)
_DENIED = (
    "The node may not pull it. The node's role needs ecr:BatchGetImage and ecr:GetDownloadUrlForLayer; a "
    "repository of another account also needs a policy that lets the cluster's account in "
    "(examples/aws/ecr-pull.json and ecr-repository-policy.json)."
)
_PLATFORM = "The image isn't built for the architecture of the node."
_NAME = "Correct the image's name: lower case, `repository:tag` or `repository@sha256:…`."
# Reason of the failure, what its message says, advice: the first that fits.
_RULES = (
    (_PULL, r"not found|manifest unknown", _NO_SUCH_IMAGE),
    (_PULL, r"401 unauthorized|no basic auth", _NO_LOGIN),
    (_PULL, r"denied|forbidden|unauthorized|authorization failed", _DENIED),
    (_PULL, r"x509", "The node doesn't trust the certificate of the registry."),
    (_PULL, r"no match for platform", _PLATFORM),
    ("CreateContainerConfigError", r"not found", "Create it in this namespace, or correct its name."),
    ("CrashLoopBackOff", r"OOMKilled", "It used more memory than its limit: raise it, or use less."),
    ("CrashLoopBackOff", r"exit code 12[67]\b", "Is its command in the image? Check `command` and `args`."),
    (".*", r"exec format error", _PLATFORM),
    ("CrashLoopBackOff", r"", "The container ends by itself: its last log lines say why."),
    ("InvalidImageName", r"", _NAME),
)


def advice(failure: PodFailure) -> str:
    """One sentence or two; empty when the message itself is all that there is to say."""
    for reason, message, text in _RULES:
        if re.fullmatch(reason, failure.reason) and re.search(message, failure.message, re.IGNORECASE):
            return text
    return ""
