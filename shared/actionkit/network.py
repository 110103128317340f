"""HTTPS requests of our own, to GitHub's token service and to AWS STS, by the job's proxies and authorities.

A botocore client costs a second of start-up time on a small runner, and these requests need none.
"""

import ipaddress
import socket
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import unquote, urlsplit
from urllib.request import proxy_bypass

import urllib3
from urllib3 import exceptions

from actionkit import trust

CONNECT_SECONDS = 5.0
READ_SECONDS = 20.0
# What we ask for is a few KiB; a proxy's page shall not fill the memory.
ANSWER_BYTES = 1024 * 1024
TUNNEL = "Tunnel connection failed"


@dataclass(frozen=True, kw_only=True)
class Answer:
    """`headers` by name in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Unreachable(Exception):
    """No answer, or half of one. `host` is who didn't answer: the server, or the proxy on the way to it.

    `place` is the host with its address and whether that is public, where its name resolves. `reason`
    says what the host does: "refuses the connection". `untrusted`: its certificate doesn't verify, which no
    waiting heals.
    """

    def __init__(self, host: str, reason: str, *, place: str = "", untrusted: bool = False) -> None:
        super().__init__(f"{host} {reason}")
        self.host = host
        self.place = place or host
        self.reason = reason
        self.untrusted = untrusted


def by_proxy(environ: Mapping[str, str], proxy: str, no_proxy: str) -> dict[str, str]:
    """`environ` with these in place of its own proxy variables; an empty one leaves it as it is."""
    given = {"https_proxy": proxy, "http_proxy": proxy, "no_proxy": no_proxy}
    wanted = {name: value for name, value in given.items() if value}
    return {**environ, **wanted, **{name.upper(): value for name, value in wanted.items()}}


class Network:
    """The way from this process to the world, as its environment describes it.

    Proxies: HTTPS_PROXY, HTTP_PROXY and NO_PROXY in either case, lower case first, as botocore reads them.
    Redirects are never followed: they would carry a token elsewhere.
    """

    def __init__(self, environ: Mapping[str, str], *, connect_seconds: float = CONNECT_SECONDS) -> None:
        self._environ = environ
        self._connect_seconds = connect_seconds

    def send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes = b"",
        *,
        seconds: float = READ_SECONDS,
    ) -> Answer:
        """One request, no retry. `seconds`: how long the server may be silent.

        Raises Unreachable, and ActionError where AWS_CA_BUNDLE can't be read.
        """
        proxy = self.proxy_for(url)
        try:
            answer = self._pool(proxy).request(
                method,
                url,
                body=body or None,
                headers=headers,
                timeout=urllib3.Timeout(connect=self._connect_seconds, read=seconds),
                retries=False,
                redirect=False,
                preload_content=False,
            )
            try:
                content = answer.read(ANSWER_BYTES)
            finally:
                answer.close()
        except (exceptions.HTTPError, OSError, ValueError) as error:
            raise _unreachable(error, url, proxy) from error
        return Answer(
            status=answer.status, headers={k.lower(): v for k, v in answer.headers.items()}, body=content
        )

    def _pool(self, proxy: str) -> urllib3.PoolManager:
        if not proxy:
            return urllib3.PoolManager(ssl_context=self._trust)
        parts = urlsplit(proxy)
        login = f"{unquote(parts.username)}:{unquote(parts.password or '')}" if parts.username else None
        return urllib3.ProxyManager(
            f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}",
            proxy_headers=urllib3.make_headers(proxy_basic_auth=login) if login else None,
            ssl_context=self._trust,
            proxy_ssl_context=self._trust,
        )

    def proxy_for(self, url: str) -> str:
        """The proxy's URL, or an empty string where the request goes straight to its host."""
        parts = urlsplit(url)
        proxy = self._variable(f"{parts.scheme}_proxy")
        if not proxy or proxy_bypass(parts.netloc, {"no": self._variable("no_proxy")}):
            return ""
        return proxy if "://" in proxy else f"http://{proxy}"

    def _variable(self, name: str) -> str:
        return self._environ.get(name) or self._environ.get(name.upper()) or ""

    @cached_property
    def _trust(self) -> ssl.SSLContext:
        return trust.context(self._environ)


# urllib3's errors, each before those that it is a kind of.
REASONS: Mapping[type[Exception], Callable[[Exception], str]] = {
    exceptions.NameResolutionError: lambda _: "has no address: its name doesn't resolve",
    exceptions.NewConnectionError: lambda error: f"refuses the connection ({_system(error)})",
    exceptions.ConnectTimeoutError: lambda _: "didn't accept the connection in time",
    exceptions.ReadTimeoutError: lambda _: "accepted the connection and then stayed silent",
    # Not the error's text: it quotes what may be half of a proxy's password.
    exceptions.LocationValueError: lambda _: "can't be asked: its URL, or the proxy's, can't be used",
}


def _unreachable(error: Exception, url: str, proxy: str) -> Unreachable:
    """urllib3's error as what somebody who knows networks would say; no credentials of a proxy in it."""
    at_proxy = isinstance(error, exceptions.ProxyError) or TUNNEL in str(error)
    host = _host(proxy if at_proxy and proxy else url)
    cause = error.original_error if isinstance(error, exceptions.ProxyError) else error
    inner = cause.args[-1] if cause.args and isinstance(cause.args[-1], Exception) else cause
    through = " (the proxy on the way)" if at_proxy else ""
    if isinstance(inner, ssl.SSLCertVerificationError):
        return Unreachable(
            host, f"has a certificate that doesn't verify: {inner.verify_message}", untrusted=True
        )
    reason = _reason(cause, inner)
    place = host if isinstance(cause, exceptions.NameResolutionError) else _place(host)
    return Unreachable(host, reason, place=f"{place}{through}")


def _reason(cause: Exception, inner: Exception) -> str:
    for kind, reason in REASONS.items():
        if isinstance(cause, kind):
            return reason(cause)
    if TUNNEL in str(inner):
        return f"didn't let the request through ({str(inner).partition(f'{TUNNEL}: ')[2]})"
    if isinstance(inner, ssl.SSLError):
        return f"broke off the TLS handshake ({inner.reason or inner})"
    return "closed the connection before the answer was whole"


def _system(error: Exception) -> str:
    return str(getattr(error.__cause__, "strerror", None) or "no connection")


def _host(url: str) -> str:
    return urlsplit(url).hostname or "an address without a host"


def _place(host: str) -> str:
    try:
        found = ipaddress.ip_address(socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)[0][4][0])
    except (OSError, ValueError):
        return host
    kind = "private" if found.is_private else "public"
    return f"{host} ({kind})" if str(found) == host else f"{host} ({found}, {kind})"
