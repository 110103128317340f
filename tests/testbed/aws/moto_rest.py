"""What the front doesn't answer itself: moto, in this process, asked only once the caller may."""

from typing import Any

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.test import Client

from testbed.aws.wire import Request, Response

PASSED_ON = ("content-type", "authorization", "x-amz-target", "x-amz-date", "accept")


class Moto:
    """moto's server application; the account is named by header instead of by access key."""

    def __init__(self) -> None:
        self._client = Client(DomainDispatcherApplication(create_backend_app))

    def answer(self, request: Request, host: str, account: str) -> Response:
        headers: dict[str, Any] = {
            name: request.headers[name] for name in PASSED_ON if name in request.headers
        }
        answer = self._client.open(
            path=request.path,
            query_string=request.query,
            method=request.method,
            base_url=f"https://{host}",
            headers={**headers, "x-moto-account-id": account},
            data=request.body,
        )
        kept = [(k, v) for k, v in answer.headers if k.lower() in ("content-type", "x-amzn-errortype")]
        return Response(answer.status_code, answer.get_data(), kept)
