"""The wire formats of the APIs: which operation a request is, and its parameters.

https://docs.aws.amazon.com/STS/latest/APIReference/making-requests.html (query)
https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html (ECR)
https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html (EKS)
"""

import json
from typing import Any
from urllib.parse import parse_qsl, unquote

from testbed.aws.ecr.operations import TARGET
from testbed.aws.eks.operations import route
from testbed.aws.errors import AwsError
from testbed.aws.wire import Request

PROTOCOLS = {"sts": "query", "iam": "query", "ecr": "json", "eks": "rest-json"}
Parsed = tuple[str, dict[str, Any]]


def protocol_of(service: str, request: Request) -> str:
    protocol = PROTOCOLS[service]
    asks_json = "application/json" in request.headers.get("accept", "")
    return "query+json" if protocol == "query" and asks_json else protocol


def parse(service: str, request: Request) -> Parsed:
    """Operation and parameters; raises AwsError for what no service would take."""
    return {"query": _query, "json": _json, "rest-json": _rest}[PROTOCOLS[service]](request)


def _query(request: Request) -> Parsed:
    form = dict(parse_qsl(request.body.decode(), keep_blank_values=True)) if request.method == "POST" else {}
    parameters = {**request.parameters, **form}
    operation = parameters.pop("Action", None)
    parameters.pop("Version", None)
    if operation is None:
        raise AwsError("MissingAction", "One or more of parameters are missing: Action")
    return operation, {k: v for k, v in parameters.items() if not k.startswith("X-Amz-")}


def _json(request: Request) -> Parsed:
    prefix, _, operation = request.headers.get("x-amz-target", "").partition(".")
    if prefix != TARGET or not operation:
        raise AwsError("UnknownOperationException", "")
    return operation, _document(request)


def _rest(request: Request) -> Parsed:
    operation, path = route(request.method, request.path)
    return operation, {**request.parameters, **_document(request), **{k: unquote(v) for k, v in path.items()}}


def _document(request: Request) -> dict[str, Any]:
    try:
        document = json.loads(request.body or b"{}")
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise AwsError("SerializationException", "Start of structure or map found where not expected.")
    return document
