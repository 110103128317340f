"""REST through the kubernetes package's transport, with our TLS, time limits and renewal of the token."""

from __future__ import annotations

import json
import ssl
from typing import Any, Protocol
from urllib.parse import urlencode

import urllib3
from kubernetes.client import ApiClient, Configuration
from kubernetes.client.exceptions import ApiException

from actionkit.retry import Clock
from eks_deploy.api import Call, Refused, Response, Unreachable, transient

CONNECT_SECONDS = 5.0
READ_SECONDS = 60.0
CONNECTIONS = 8
_TRIES = 4


class Bearer(Protocol):
    def value(self) -> str: ...

    def discard(self, value: str) -> None: ...


class Transport:
    """Shared by threads: urllib3's pool is safe, the token has its lock."""

    def __init__(self, server: str, authority: str, bearer: Bearer, clock: Clock) -> None:
        """`server` is an https URL, `authority` the cluster's CA in PEM."""
        configuration = Configuration(host=server, retries=False, connection_pool_maxsize=CONNECTIONS)
        configuration.keep_alive = True
        self._client = ApiClient(configuration)
        pool = self._client.rest_client.pool_manager.connection_pool_kw
        # An SSLContext and the parameters that would make urllib3 build one exclude each other.
        for name in ("ca_certs", "ca_cert_data", "cert_file", "key_file"):
            pool.pop(name, None)
        pool["ssl_context"] = ssl_context(authority)
        self._server, self._bearer, self._clock = server, bearer, clock

    @property
    def proxied(self) -> bool:
        return hasattr(self._client.rest_client.pool_manager, "proxy_config") and bool(
            self._client.rest_client.pool_manager.proxy
        )

    def get(self, path: str, what: str, **query: str | int) -> dict[str, Any]:
        return self.send(Call(method="GET", path=path, what=what, query=query)).body

    def send(self, call: Call) -> Response:
        """The answer if it is a success; renews the token once, and tries again what the server calls
        transient.
        """
        renewed = False
        for attempt in range(1, _TRIES + 1):
            bearer = self._bearer.value()
            pause = 2.0 ** (attempt - 1)
            try:
                return self._once(call, bearer)
            except Refused as error:
                if error.status == 401 and not renewed:
                    renewed = True
                    self._bearer.discard(bearer)
                    continue
                if attempt == _TRIES or not transient(error):
                    raise
                pause = min(error.retry_after or pause, 10.0)
            except Unreachable as error:
                # API servers come and go behind their load balancer; all that is sent here may be sent twice.
                if attempt == _TRIES or isinstance(error.cause, ApiException):
                    raise
            self._clock.sleep(pause)
        raise AssertionError("the last attempt returns or raises")

    def _once(self, call: Call, bearer: str) -> Response:
        headers = {"Accept": call.accept, "Authorization": f"Bearer {bearer}", "User-Agent": "eks-deploy"}
        body = None
        if call.body is not None:
            headers["Content-Type"] = call.content_type
            body = json.dumps(call.body, separators=(",", ":"))
        url = f"{self._server}{call.path}" + (f"?{urlencode(call.query)}" if call.query else "")
        try:
            answer: Any = self._client.call_api(
                call.method, url, headers, body, None, (CONNECT_SECONDS, READ_SECONDS)
            )
            text = answer.read().decode("utf-8", "replace")
        except (urllib3.exceptions.HTTPError, ApiException) as error:
            raise Unreachable(call, error) from None
        if answer.status >= 300:
            raise Refused(call, answer.status, text, _seconds(answer.headers.get("Retry-After")))
        return Response(status=answer.status, text=text)


def ssl_context(authority: str) -> ssl.SSLContext:
    """Trusts the cluster's CA alone.

    Python 3.13 asks that certificates name their authority's key, which the CA of clusters made years ago
    doesn't:
    https://github.com/kubernetes-client/python/issues/2394. Everything else stays as strict as Python has it.
    """
    context = ssl.create_default_context(cadata=authority)
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return context


def _seconds(value: str | None) -> float | None:
    return float(value) if value and value.isdigit() else None
