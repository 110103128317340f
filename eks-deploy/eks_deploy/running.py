"""Which images run: what the kubelets of the pods report, by digest. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from eks_deploy.manifest import Body
from eks_deploy.pod_failures import container_statuses

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


@dataclass(frozen=True, kw_only=True)
class RunningImage:
    """`image` as the pod asks for it. `digest` is what was pulled: of an index, a manifest or a config."""

    workload: str
    container: str
    image: str
    digest: str


def images(workload: str, pods: list[Body]) -> list[RunningImage]:
    """Each container's image once; the digest only, since an imageID may name another repository.

    https://github.com/kubernetes/kubernetes/issues/95385
    """
    found: dict[tuple[str, str], RunningImage] = {}
    for pod in pods:
        asked = {c["name"]: str(c.get("image")) for c in _declared(pod)}
        for status in container_statuses(pod):
            match = _DIGEST.search(str(status.get("imageID") or ""))
            if match:
                name = str(status["name"])
                image = RunningImage(
                    workload=workload, container=name, image=asked.get(name, ""), digest=match[0]
                )
                found.setdefault((name, match[0]), image)
    return list(found.values())


def _declared(pod: Body) -> list[Body]:
    spec = pod.get("spec") or {}
    return [c for key in ("initContainers", "containers") for c in spec.get(key) or []]
