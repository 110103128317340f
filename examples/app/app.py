"""A small web service: says which commit it is."""

import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

GREETING = "hello"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = f"{GREETING} from {os.environ.get('REVISION', 'an unknown commit')}\n".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    print("listening on :8080", flush=True)
    ThreadingHTTPServer(("", 8080), Handler).serve_forever()
