"""The inputs of action.yml as values."""

from __future__ import annotations

from dataclasses import dataclass

from actionkit.aws import settings as credentials
from actionkit.aws.settings import CredentialSettings
from actionkit.inputs import Reader
from eks_deploy import images
from eks_deploy.images import Substitution

MODES = ("apply",)
# A value that starts with a path of the runner would be mapped into the container: this word keeps it as
# it is.
HOST = "host:"

INPUTS = credentials.INPUTS | {
    "cluster",
    "manifests",
    "namespace",
    "images",
    "mode",
    "wait",
    "timeout",
    "internal-workspace",
    "internal-temp",
}
FORMER = {
    "cluster-name": "Here it is called `cluster`.",
    "kubeconfig": "The cluster is found through `cluster` and the role; no kubeconfig is read or written.",
    "kubectl-version": "No kubectl is used.",
}


@dataclass(frozen=True, kw_only=True)
class Settings:
    """`timeout` is in seconds; `host_workspace` and `host_temp` are the runner's own paths, empty
    outside of it.
    """

    credentials: CredentialSettings
    cluster: str
    manifests: tuple[str, ...]
    namespace: str
    images: tuple[Substitution, ...]
    mode: str
    wait: bool
    timeout: int
    host_workspace: str
    host_temp: str


def read(reader: Reader) -> Settings:
    """Raises InvalidInputs with everything that is wrong."""
    settings = Settings(
        credentials=credentials.read(reader),
        cluster=_cluster(reader),
        manifests=_manifests(reader),
        namespace=reader.matching(
            "namespace",
            r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?",
            "a namespace: lower-case letters, digits and dashes",
        ),
        images=_images(reader),
        mode=reader.choice("mode", MODES),
        wait=reader.boolean("wait"),
        timeout=reader.duration("timeout"),
        host_workspace=reader.text("internal-workspace").removeprefix(HOST),
        host_temp=reader.text("internal-temp").removeprefix(HOST),
    )
    reader.finish()
    return settings


def _cluster(reader: Reader) -> str:
    reader.required("cluster")
    # https://docs.aws.amazon.com/eks/latest/APIReference/API_CreateCluster.html
    return reader.matching("cluster", r"[0-9A-Za-z][A-Za-z0-9_-]{0,99}", "the cluster's name (not its ARN)")


def _manifests(reader: Reader) -> tuple[str, ...]:
    reader.required("manifests")
    return reader.lines("manifests")


def _images(reader: Reader) -> tuple[Substitution, ...]:
    found: dict[str, Substitution] = {}
    for line in reader.lines("images"):
        parsed = images.parse(line)
        if isinstance(parsed, str):
            reader.problem("images", f"has the line `{line}`", f"{parsed[:1].upper()}{parsed[1:]}.")
        elif parsed.name in found:
            reader.problem("images", f"replaces `{parsed.name}` twice", "Leave one of the two out.")
        else:
            found[parsed.name] = parsed
    return tuple(found.values())
