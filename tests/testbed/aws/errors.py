"""AWS's refusals: a code, a sentence and a status, written the way each protocol writes them."""

import json
from dataclasses import dataclass
from xml.sax.saxutils import escape

from testbed.aws.wire import Response

XML = "text/xml"


@dataclass
class AwsError(Exception):
    """https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html and each service's own list."""

    code: str
    message: str
    status: int = 400

    def __post_init__(self) -> None:
        super().__init__(f"{self.code}: {self.message}")


def access_denied(code: str, who: str, action: str, resource: str, reason: str) -> AwsError:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html"""
    ending = f" {reason}" if reason else ""
    sentence = f"User: {who} is not authorized to perform: {action} on resource: {resource}{ending}"
    return AwsError(code, sentence, 403 if code == "AccessDenied" else 400)


def render(error: AwsError, protocol: str, namespace: str, request_id: str) -> Response:
    """One refusal on the wire: `query` (XML), `query+json`, `json` (1.1) or `rest-json`."""
    headers = [("x-amzn-RequestId", request_id)]
    if protocol == "query":
        kind = "Sender" if error.status < 500 else "Receiver"
        body = (
            f'<ErrorResponse xmlns="{namespace}">\n  <Error>\n    <Type>{kind}</Type>\n'
            f"    <Code>{error.code}</Code>\n    <Message>{escape(error.message)}</Message>\n  </Error>\n"
            f"  <RequestId>{request_id}</RequestId>\n</ErrorResponse>\n"
        )
        return Response(error.status, body.encode(), [("Content-Type", XML), *headers])
    if protocol == "query+json":
        shape = {
            "Error": {"Code": error.code, "Message": error.message, "Type": "Sender"},
            "RequestId": request_id,
        }
        return Response(
            error.status, json.dumps(shape).encode(), [("Content-Type", "application/json"), *headers]
        )
    headers += [("x-amzn-ErrorType", error.code)]
    content_type = "application/x-amz-json-1.1" if protocol == "json" else "application/json"
    shape_json = {"__type": error.code, "message": error.message}
    return Response(error.status, json.dumps(shape_json).encode(), [("Content-Type", content_type), *headers])
