"""Which part of GitHub's OIDC a path is, as its faults name them; empty: none that can be broken."""

from testbed.oidc.app import ID_TOKEN

WELL_KNOWN = {"/.well-known/openid-configuration": "configuration", "/.well-known/jwks": "jwks"}


def part(path: str) -> str:
    return "token" if ID_TOKEN.fullmatch(path) else WELL_KNOWN.get(path, "")
