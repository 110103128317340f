"""How STS comes by an issuer's keys: over HTTPS, by its configuration and the key set that this names.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc.html#manage-oidc-provider-prerequisites
"""

import json
import socket
import ssl
from collections.abc import Mapping
from http.client import HTTPException, HTTPSConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from testbed.aws.errors import AwsError

PATIENCE_SECONDS = 3.0
# https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html#API_AssumeRoleWithWebIdentity_Errors
UNREACHABLE = (
    "The request could not be fulfilled because the identity provider (IDP) that was asked to verify the "
    "incoming identity token could not be reached."
)


class IssuerKeys:
    """Of the one issuer that there is, at `address`; any other has no keys that could be retrieved."""

    def __init__(self, issuer: str, address: tuple[str, int], authority: Path) -> None:
        self._issuer = issuer
        self._address = address
        self._authority = authority

    def __call__(self, url: str) -> Mapping[str, Any]:
        """Its key set; empty when what it answers is none. AwsError when it doesn't answer."""
        if url != self._issuer:
            return {}
        connection = _Connection(str(urlsplit(url).hostname), self._address, self._authority)
        try:
            configuration = _document(connection, f"{url}/.well-known/openid-configuration")
            return _document(connection, str(configuration["jwks_uri"]))
        except (LookupError, ValueError):
            return {}
        except (OSError, HTTPException):
            raise AwsError("IDPCommunicationError", UNREACHABLE) from None
        finally:
            connection.close()


def _document(connection: HTTPSConnection, url: str) -> dict[str, Any]:
    connection.request("GET", urlsplit(url).path)
    answer = connection.getresponse()
    content = answer.read()
    found = json.loads(content) if answer.status == 200 else None
    if not isinstance(found, dict):
        raise ValueError(f"{url}: no document")  # noqa: TRY004  of the answer, not of an argument
    return found


class _Connection(HTTPSConnection):
    """To the issuer's name, wherever this is."""

    def __init__(self, name: str, address: tuple[str, int], authority: Path) -> None:
        context = ssl.create_default_context(cafile=str(authority))
        super().__init__(name, timeout=PATIENCE_SECONDS, context=context)
        self._tls = context
        self._where = address

    def connect(self) -> None:
        plain = socket.create_connection(self._where, self.timeout)
        self.sock = self._tls.wrap_socket(plain, server_hostname=self.host)
