"""The tools built from the Go module proxy: which, and how. Their go.mod files own the versions."""

import re
from dataclasses import dataclass
from pathlib import Path

from testbed import paths

HERE = Path(__file__).resolve().parent


@dataclass(frozen=True, kw_only=True)
class Tool:
    """`module` is the one whose version counts; `names` are further names that the binary is called by.

    variables: the linker's `-X NAME=` with {version} for v1.2.3, {number} for 1.2.3, {major}, {minor}.
    """

    name: str
    module: str
    package: str
    directory: Path
    variables: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    static_c: bool = False  # with cgo, linked statically
    names: tuple[str, ...] = ()

    @property
    def version(self) -> str:
        """As in go.mod: v1.2.3."""
        found = re.search(rf"{re.escape(self.module)} (v\S+)", (self.directory / "go.mod").read_text())
        if found is None:
            raise ValueError(f"{self.directory}/go.mod does not name {self.module}")
        return found[1]

    def command(self, output: Path) -> list[str]:
        """The `go build` that makes the binary."""
        linker = ["-s", "-w", *(f"-X {variable}" for variable in self._variables())]
        if self.static_c:
            linker += ["-linkmode external", "-extldflags -static"]
        argv = [
            "go",
            "build",
            "-trimpath",
            "-mod=readonly",
            "-buildvcs=false",
            f"-ldflags={' '.join(linker)}",
        ]
        if self.tags:
            argv.append(f"-tags={','.join(self.tags)}")
        return [*argv, "-o", str(output), self.package]

    def _variables(self) -> list[str]:
        number = self.version.removeprefix("v")
        major, minor = number.split(".")[:2]
        return [
            v.format(version=self.version, number=number, major=major, minor=minor) for v in self.variables
        ]


KUBE_VERSION = "k8s.io/component-base/version"
KUBECTL_VERSION = "k8s.io/client-go/pkg/version"

TOOLS = {
    tool.name: tool
    for tool in (
        Tool(
            name="kube",
            module="k8s.io/kubernetes",
            package=".",
            directory=paths.PACKAGE / "kube",
            variables=tuple(
                f"{package}.{name}"
                for package in (KUBE_VERSION, KUBECTL_VERSION)
                for name in (
                    "gitVersion={version}",
                    "gitMajor={major}",
                    "gitMinor={minor}",
                    "gitTreeState=clean",
                )
            ),
            names=(
                "etcd",
                "kube-apiserver",
                "kube-controller-manager",
                "kube-proxy",
                "kube-scheduler",
                "kubectl",
                "kubelet",
            ),
        ),
        Tool(
            name="aws-iam-authenticator",
            module="sigs.k8s.io/aws-iam-authenticator",
            package="sigs.k8s.io/aws-iam-authenticator/cmd/aws-iam-authenticator",
            directory=HERE / "aws-iam-authenticator",
            variables=("sigs.k8s.io/aws-iam-authenticator/pkg.Version={number}",),
        ),
        Tool(
            name="coredns",
            module="github.com/coredns/coredns",
            package=".",
            directory=HERE / "coredns",
        ),
        Tool(
            name="ecr-credential-provider",
            module="k8s.io/cloud-provider-aws",
            package="k8s.io/cloud-provider-aws/cmd/ecr-credential-provider",
            directory=HERE / "ecr-credential-provider",
        ),
        Tool(
            name="runc",
            module="github.com/opencontainers/runc",
            package="github.com/opencontainers/runc",
            directory=HERE / "runc",
            tags=("seccomp", "netgo", "osusergo"),
            static_c=True,
        ),
        Tool(
            name="buildx",
            module="github.com/docker/buildx",
            package="github.com/docker/buildx/cmd/buildx",
            directory=HERE / "buildx",
            # Without it buildx says v0.0.0+unknown, and version checks go wrong.
            variables=("github.com/docker/buildx/version.Version={version}",),
        ),
        Tool(
            name="act",
            module="github.com/nektos/act",
            package="github.com/nektos/act",
            directory=HERE / "act",
        ),
    )
}
