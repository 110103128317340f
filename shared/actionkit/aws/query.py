"""AWS's query protocol, which STS speaks: a form there, XML back.

https://docs.aws.amazon.com/STS/latest/APIReference/CommonParameters.html
"""

from collections.abc import Mapping
from http.client import responses
from urllib.parse import urlencode
from xml.etree import ElementTree as ET

from botocore.exceptions import ClientError

from actionkit.aws.identity import Credentials
from actionkit.network import Answer, Network
from actionkit.version import VERSION

API = "2011-06-15"
HEADERS = {
    "Content-Type": "application/x-www-form-urlencoded; charset=utf-8",
    "User-Agent": f"eks-actions/{VERSION}",
}


class NotFromAws(Exception):
    """An answer that AWS can't have given: a proxy's page, or XML that ends in the middle."""


def call(
    network: Network, url: str, region: str, parameters: Mapping[str, str], credentials: Credentials | None
) -> dict[str, str]:
    """The answer's elements by name; an outer element's text is empty.

    One try. Unsigned without credentials. Raises ClientError for what AWS refuses, network.Unreachable, and
    NotFromAws.
    """
    body = urlencode({"Version": API, **parameters}).encode()
    headers: Mapping[str, str] = HEADERS
    if credentials:
        from actionkit.aws.signature import signed  # noqa: PLC0415 - half of a step's start-up time

        headers = signed(url, HEADERS, body, credentials, region)
    answer = network.send("POST", url, headers, body)
    found = _elements(answer.body)
    if answer.status == 200 and found:
        return found
    if "Code" in found or answer.status >= 500:
        raise _refused(answer, found, parameters["Action"])
    raise NotFromAws(f"HTTP {answer.status} without AWS's XML")


def _elements(body: bytes) -> dict[str, str]:
    """Text by element's name without its namespace; empty where the body is no XML."""
    try:
        root = ET.fromstring(body)  # noqa: S314 - expat since 2.4.1 bounds expansion, AWS is the author
    except ET.ParseError:
        return {}
    return {each.tag.rpartition("}")[2]: (each.text or "").strip() for each in root.iter()}


def _refused(answer: Answer, found: Mapping[str, str], action: str) -> ClientError:
    """AWS's refusal as botocore has it; the bare status where the body isn't AWS's."""
    said = {
        "Code": found.get("Code") or str(answer.status),
        "Message": found.get("Message") or responses.get(answer.status, "no reason given"),
    }
    metadata = {
        "HTTPStatusCode": answer.status,
        "RequestId": found.get("RequestId", ""),
        "HTTPHeaders": dict(answer.headers),
    }
    return ClientError({"Error": said, "ResponseMetadata": metadata}, action)
