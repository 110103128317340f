"""Images put into a registry by its HTTP API, so that no engine here has any part of them already.

https://github.com/opencontainers/distribution-spec/blob/main/spec.md#push
"""

import gzip
import hashlib
import io
import json
import secrets
import tarfile
import urllib.parse
import urllib.request
from typing import Any

OCI = "application/vnd.oci.image"
# Static, so that an image needs nothing else to run.
PROGRAM = "/bin/busybox"


class Registry:
    """One repository, `host/name`, as one principal may use it; `ecr` is the principal's client."""

    def __init__(self, ecr: Any, host: str, name: str) -> None:
        self.uri = f"{host}/{name}"
        self._base = f"https://{host}/v2/{name}"
        token = ecr.get_authorization_token()["authorizationData"][0]["authorizationToken"]
        self._headers = {"Authorization": f"Basic {token}"}

    def push(self, program: str = PROGRAM) -> str:
        """A new image of one layer with a unique file and busybox as /bin/true; its reference."""
        unique = secrets.token_hex(6)
        layer = _layer(program, unique)
        config = {
            "architecture": "amd64",
            "os": "linux",
            "config": {"Cmd": ["/bin/true"], "Labels": {"unique": unique}},
            "rootfs": {"type": "layers", "diff_ids": [_digest(layer)]},
        }
        packed = gzip.compress(layer, 1)
        manifest = {
            "schemaVersion": 2,
            "mediaType": f"{OCI}.manifest.v1+json",
            "config": self._blob(json.dumps(config).encode(), f"{OCI}.config.v1+json"),
            "layers": [self._blob(packed, f"{OCI}.layer.v1.tar+gzip")],
        }
        body = json.dumps(manifest).encode()
        self._send("PUT", f"{self._base}/manifests/{unique}", body, f"{OCI}.manifest.v1+json")
        return f"{self.uri}:{unique}"

    def _blob(self, content: bytes, media_type: str) -> dict[str, Any]:
        location = self._send("POST", f"{self._base}/blobs/uploads/", b"").headers["Location"]
        joint = "&" if "?" in location else "?"
        url = urllib.parse.urljoin(self._base, f"{location}{joint}digest={_digest(content)}")
        self._send("PUT", url, content)
        return {"mediaType": media_type, "digest": _digest(content), "size": len(content)}

    def _send(self, method: str, url: str, body: bytes, kind: str = "application/octet-stream") -> Any:
        headers = {**self._headers, "Content-Type": kind}
        request = urllib.request.Request(url, body, headers, method=method)
        with urllib.request.urlopen(request, timeout=20) as answer:
            answer.read()
            return answer


def _layer(program: str, unique: str) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        tar.add(program, "bin/true")
        info = tarfile.TarInfo("unique")
        info.size = len(unique)
        tar.addfile(info, io.BytesIO(unique.encode()))
    return buffer.getvalue()


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"
