"""Certificates that servers and clients accept."""

import socket
import ssl
import stat
import threading
from pathlib import Path

import pytest
from cryptography.x509.oid import NameOID

from testbed.pki import Authority


def _handshake(server: tuple[Path, Path], host: str, ca: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*server)
    here, there = socket.socketpair()

    def serve() -> None:
        try:
            context.wrap_socket(there, server_side=True).close()
        except OSError:
            there.close()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        ssl.create_default_context(cafile=str(ca)).wrap_socket(here, server_hostname=host).close()
    finally:
        here.close()
        thread.join()


@pytest.mark.parametrize("host", ["a.example", "10.1.2.3", "x.wild.example"])
def test_a_server_is_known_by_each_of_its_names(tmp_path: Path, host: str) -> None:
    authority = Authority.load_or_create(tmp_path)
    server = authority.issue(["a.example", "10.1.2.3", "*.wild.example"], tmp_path, "server")
    _handshake(server, host, tmp_path / "ca.crt")


def test_another_name_and_another_authority_are_refused(tmp_path: Path) -> None:
    authority = Authority.load_or_create(tmp_path)
    server = authority.issue(["a.example"], tmp_path, "server")
    Authority.load_or_create(tmp_path / "other")
    with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
        _handshake(server, "b.example", tmp_path / "ca.crt")
    with pytest.raises(ssl.SSLCertVerificationError, match="verify failed"):
        _handshake(server, "a.example", tmp_path / "other/ca.crt")


def test_the_authority_stays_the_same(tmp_path: Path) -> None:
    first, second = Authority.load_or_create(tmp_path), Authority.load_or_create(tmp_path)
    assert first.certificate == second.certificate
    assert first.certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value


def test_keys_are_for_their_owner_only(tmp_path: Path) -> None:
    Authority.load_or_create(tmp_path).issue(["a"], tmp_path, "a")
    for name in ("ca.key", "a.key"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600
