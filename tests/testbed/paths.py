"""Where the testbed keeps what it makes: everything that lives and dies with it, and what is built once."""

import os
import pwd
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
REPOSITORY = PACKAGE.parent.parent
DEFAULT_STATE = Path("/var/lib/eks-actions-testbed")


def state() -> Path:
    """The state directory: `up` makes it, `down` removes it with all that is in it."""
    return Path(os.environ.get("EKS_ACTIONS_TESTBED") or DEFAULT_STATE)


def cache() -> Path:
    """Built tools and base images, kept between runs (XDG base directory specification)."""
    root = os.environ.get("XDG_CACHE_HOME")
    return (Path(root) if root else home() / ".cache") / "eks-actions"


def home() -> Path:
    """The user's home; that of the password database when HOME is unset or empty."""
    name = os.environ.get("HOME")
    return Path(name or pwd.getpwuid(os.getuid()).pw_dir)


def authority() -> Path:
    """The testbed's CA: ca.crt, ca.key, and bundle.crt, the only trust of what runs in the testbed."""
    return state() / "pki"


def bundle() -> Path:
    return authority() / "bundle.crt"


def log(name: str) -> Path:
    return state() / "logs" / f"{name}.log"


def pid(name: str) -> Path:
    return state() / "run" / f"{name}.pid"


def cluster(name: str) -> Path:
    return state() / "clusters" / name


def runner(name: str) -> Path:
    return state() / "runners" / name


def resolver(vpc: str) -> Path:
    """The resolv.conf of the hosts in the VPC of the account with this alias."""
    return state() / "resolv" / f"{vpc}.conf"


def hosts() -> Path:
    return state() / "hosts.json"


def organisation() -> Path:
    """The organisation that is up: its file's name in `source`, copies of it and all it names in `files/`."""
    return state() / "organisation"
