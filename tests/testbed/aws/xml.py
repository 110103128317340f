"""The query protocol's answers: XML, or JSON for who asks for it (aws-iam-authenticator does)."""

import json
from datetime import datetime
from typing import Any
from xml.sax.saxutils import escape

from testbed.aws.wire import Response


def answer(operation: str, result: dict[str, Any], namespace: str, request_id: str) -> Response:
    body = (
        f'<{operation}Response xmlns="{namespace}">\n'
        f"<{operation}Result>{_element(result)}</{operation}Result>\n"
        f"<ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata>\n</{operation}Response>\n"
    )
    return Response(200, body.encode(), [("Content-Type", "text/xml"), ("x-amzn-RequestId", request_id)])


def json_answer(operation: str, result: dict[str, Any], request_id: str) -> Response:
    shape = {
        f"{operation}Response": {
            f"{operation}Result": result,
            "ResponseMetadata": {"RequestId": request_id},
        }
    }
    body = json.dumps(shape, default=lambda moment: moment.timestamp())
    return Response(
        200, body.encode(), [("Content-Type", "application/json"), ("x-amzn-RequestId", request_id)]
    )


def _element(value: Any) -> str:
    if isinstance(value, dict):
        return "".join(f"<{name}>{_element(inner)}</{name}>" for name, inner in value.items())
    if isinstance(value, list):
        return "".join(f"<member>{_element(inner)}</member>" for inner in value)
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    return escape(str(value).lower() if isinstance(value, bool) else str(value))
