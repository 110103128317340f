"""The instance's metadata service, version 2 alone: credentials of the role that the runner's machine has.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html
"""

import os
from collections.abc import Mapping

ATTEMPTS = 3
# Instance metadata, the ECS and the EKS agents: link-local, so a proxy could only leak or fail the request.
HOSTS = ("169.254.169.254", "fd00:ec2::254", "169.254.170.2", "169.254.170.23")


def instance_role(environ: Mapping[str, str]) -> dict[str, str]:
    """`access_key`, `secret_key`, `token`, `expiry_time`, as botocore names them; empty without a role."""
    from botocore.utils import InstanceMetadataFetcher  # noqa: PLC0415 - half of a step's start-up time

    keep_off_the_proxy()
    settings = {
        "ec2_metadata_service_endpoint": environ.get("AWS_EC2_METADATA_SERVICE_ENDPOINT"),
        "ec2_metadata_service_endpoint_mode": environ.get(
            "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", ""
        ).lower(),
        "ec2_metadata_v1_disabled": True,
    }
    fetcher = InstanceMetadataFetcher(num_attempts=ATTEMPTS, config=settings)
    return dict(fetcher.retrieve_iam_role_credentials())


def keep_off_the_proxy() -> None:
    """botocore reads proxies from the process's environment alone, so that is where the exception must be."""
    current = os.environ.get("no_proxy") or os.environ.get("NO_PROXY") or ""
    value = "*" if current.strip() == "*" else ",".join(filter(None, (current, *HOSTS)))
    os.environ.update({"no_proxy": value, "NO_PROXY": value})
