"""The service that issues ID tokens to a job: registers the job's claims, and hands the request variables on.

https://docs.github.com/en/actions/reference/security/oidc#methods-for-requesting-the-oidc-token
"""

import json
import ssl
import urllib.error
import urllib.request
from typing import Any

from .errors import StepFailure


class TokenService:
    """Opened for one job; `variables` are for the job's steps and `close` makes them worthless."""

    def __init__(self, settings: dict[str, str], claims: dict[str, Any]) -> None:
        self._url = settings["url"].rstrip("/")
        self._headers = {
            "Authorization": f"Bearer {settings['credential']}",
            "Content-Type": "application/json",
        }
        self._tls = ssl.create_default_context(cafile=settings.get("ca_file") or None)
        answer = self._call("POST", "/_service/jobs", claims)
        self.variables = {
            "ACTIONS_ID_TOKEN_REQUEST_URL": str(answer["id_token_request_url"]),
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": str(answer["id_token_request_token"]),
        }
        self._job = str(answer.get("id", ""))

    def close(self) -> None:
        if self._job:
            self._call("DELETE", f"/_service/jobs/{self._job}")

    def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(self._url + path, data, self._headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=10, context=self._tls_for(request)) as response:
                return json.loads(response.read() or b"{}")  # type: ignore[no-any-return]
        except urllib.error.HTTPError as error:
            text = error.read(500).decode("utf-8", "replace")
            raise StepFailure(f"The token service refused the job: {error.code} {text}") from error
        except OSError as error:
            raise StepFailure(f"The token service at {self._url} can't be reached: {error}") from error

    def _tls_for(self, request: urllib.request.Request) -> ssl.SSLContext | None:
        return self._tls if request.type == "https" else None
