"""Uses up what a priority level of an API server may do at a time: a request whose body doesn't come.

Run: `python -m testbed.faults.occupy CLUSTER HEADER VALUE`, the header being of impersonation.
"""

import sys
import threading
import time
from http.client import HTTPException
from typing import NoReturn

from testbed.cluster import part
from testbed.faults.fault import Values

# Whoever is authenticated may ask this: the request is let in, and then waits for its body.
QUESTION = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
BETWEEN_SECONDS = 0.02
USER = "somebody-busy"


def impersonation(values: Values) -> dict[str, str]:
    """As the user, or as somebody of the group.

    https://kubernetes.io/docs/reference/access-authn-authz/user-impersonation/
    """
    if values["user"]:
        return {"Impersonate-User": values["user"]}
    return {"Impersonate-User": USER, "Impersonate-Group": values["group"]}


def occupy(cluster: str, headers: dict[str, str]) -> NoReturn:
    api = part.api(cluster, netns=None)
    while True:
        try:
            connection = api.connection()
            connection.putrequest("POST", QUESTION)
            for name, value in {**headers, "Content-Type": "application/json", "Content-Length": "9"}.items():
                connection.putheader(name, value)
            connection.endheaders()
            connection.sock.settimeout(None)
            connection.getresponse()  # after a minute, or at once where another one is in
            connection.close()
        except (OSError, HTTPException):  # the API server may be away for a while
            pass
        time.sleep(BETWEEN_SECONDS)


def main(cluster: str, headers: dict[str, str]) -> None:
    """Two, so that the second is there when the first's time is over."""
    for _ in range(2):
        threading.Thread(target=occupy, args=(cluster, headers)).start()


if __name__ == "__main__":
    main(sys.argv[1], dict(pair.split("=", 1) for pair in sys.argv[2:]))
