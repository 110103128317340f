"""Claims that stay Pending on purpose: their storage class binds only when a pod uses them."""

from __future__ import annotations

from threading import Lock

from eks_deploy.api import Api, Refused
from eks_deploy.manifest import Body
from eks_deploy.readiness.state import State, Status, current, spec_of


class LateBinding:
    """Asks for the storage classes once, and only if a claim is pending."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._lock = Lock()
        self._classes: frozenset[str] | None = None

    def excuse(self, body: Body, state: State) -> State:
        """`state`, or Current for a claim that waits for its first consumer."""
        if body["kind"] != "PersistentVolumeClaim" or state.status is not Status.IN_PROGRESS:
            return state
        if spec_of(body).get("storageClassName") in self._late():
            return current("bound when its first pod starts (WaitForFirstConsumer)")
        return state

    def _late(self) -> frozenset[str]:
        with self._lock:
            if self._classes is None:
                self._classes = self._ask()
            return self._classes

    def _ask(self) -> frozenset[str]:
        try:
            found = self._api.get("/apis/storage.k8s.io/v1/storageclasses", "list the storage classes")
        except Refused as error:
            if error.status == 403:
                return frozenset()
            raise
        return frozenset(
            str(item["metadata"]["name"])
            for item in found.get("items") or []
            if item.get("volumeBindingMode") == "WaitForFirstConsumer"
        )
