"""Which part of the metadata a path is, as its faults name them."""

CREDENTIALS = "/latest/meta-data/iam/security-credentials"


def part(path: str) -> str:
    if path == "/latest/api/token":
        return "token"
    if path.rstrip("/") == CREDENTIALS:
        return "role"
    return "credentials" if path.startswith(f"{CREDENTIALS}/") else "other"
