"""What each action's release tree carries beside its own files: the packages that it imports, and no more."""

from dataclasses import dataclass

BOTOCORE = ("botocore", "jmespath", "python-dateutil", "six", "urllib3")


@dataclass(frozen=True, kw_only=True)
class Contents:
    """One action's packages.

    `vendored` is pure Python and goes to `_vendor/`, read by whatever Python the runner has. `image`
    goes to `_image/site/` with all it requires but `image_without`; it is for the container's Python and may
    be compiled. `pruned` are folders of it that nothing here imports.
    """

    package: str
    vendored: tuple[str, ...]
    aws_services: tuple[str, ...]
    image: tuple[str, ...] = ()
    image_without: tuple[str, ...] = ()
    pruned: tuple[str, ...] = ()


CONTENTS = {
    "assume-role": Contents(
        package="assume_role", vendored=("actions-toolkit", *BOTOCORE), aws_services=("sts",)
    ),
    "build-push": Contents(
        package="build_push", vendored=("actions-toolkit", *BOTOCORE), aws_services=("ecr", "sts")
    ),
    "eks-deploy": Contents(
        package="eks_deploy",
        vendored=("actions-toolkit", *BOTOCORE),
        aws_services=("eks", "sts"),
        image=("kubernetes", "pyyaml"),
        # The asynchronous client is as large as the synchronous one, and only it needs aiohttp.
        image_without=("aiohttp", "aiohttp-retry"),
        pruned=("kubernetes/aio",),
    ),
}

# The image's Python and platform: the wheels in `_image/site/` are chosen for them.
IMAGE_PYTHON = "3.13"
IMAGE_PLATFORM = "x86_64-manylinux_2_28"
