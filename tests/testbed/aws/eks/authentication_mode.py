"""A cluster's authentication mode: which ways into the cluster it has. Pure.

https://docs.aws.amazon.com/eks/latest/userguide/grant-k8s-access.html#set-cam
"""

from itertools import pairwise

from testbed.aws.errors import AwsError

CONFIG_MAP, BOTH, API = "CONFIG_MAP", "API_AND_CONFIG_MAP", "API"
MODES = (CONFIG_MAP, BOTH, API)  # in the one direction that a cluster can go, a step at a time

# aws-iam-authenticator's backends; the first one that knows the principal decides, and with
# https://docs.aws.amazon.com/eks/latest/userguide/migrating-access-entries.html that is the access entry.
BACKENDS = {CONFIG_MAP: ("EKSConfigMap",), BOTH: ("DynamicFile", "EKSConfigMap"), API: ("DynamicFile",)}


def check_update(current: str, wanted: str) -> None:
    """EKS's refusal, seen for a step back, for two at once and for none.

    https://github.com/pulumi/pulumi-eks/issues/1493 and https://github.com/aws/aws-cdk/issues/31032
    """
    if (current, wanted) not in pairwise(MODES):
        raise AwsError(
            "InvalidParameterException", f"Unsupported authentication mode update from {current} to {wanted}"
        )


def require_entries(mode: str) -> None:
    """Whether the mode has access entries at all.

    https://github.com/aws-ia/terraform-aws-eks-blueprints/issues/1877
    """
    if mode == CONFIG_MAP:
        raise AwsError(
            "InvalidRequestException",
            "The cluster's authentication mode must be set to one of [API, API_AND_CONFIG_MAP] to perform "
            "this operation.",
        )
