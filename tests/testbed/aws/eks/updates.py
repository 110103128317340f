"""The updates of clusters, as DescribeUpdate and ListUpdates know them."""

import time
import uuid
from collections import defaultdict
from typing import Any

from testbed.aws.errors import AwsError

Update = dict[str, Any]


class Updates:
    """Begun and ended at once: EKS takes minutes."""

    def __init__(self) -> None:
        self._updates: defaultdict[str, dict[str, Update]] = defaultdict(dict)

    def of_mode(self, cluster: str, mode: str) -> Update:
        """What UpdateClusterConfig answers: begun.

        https://docs.aws.amazon.com/eks/latest/APIReference/API_Update.html
        """
        begun = {
            "id": str(uuid.uuid4()),
            "status": "InProgress",
            "type": "AccessConfigUpdate",
            "params": [{"type": "AuthenticationMode", "value": f'"{mode}"'}],
            "createdAt": time.time(),
            "errors": [],
        }
        self._updates[cluster][str(begun["id"])] = {**begun, "status": "Successful"}
        return begun

    def ids(self, cluster: str) -> list[str]:
        return list(self._updates[cluster])

    def find(self, cluster: str, update: str) -> Update:
        found = self._updates[cluster].get(update)
        if found is None:
            raise AwsError("ResourceNotFoundException", f"No update found for ID: {update}", 404)
        return found
