"""Which API a host name is: https://docs.aws.amazon.com/general/latest/gr/rande.html"""

import re
from dataclasses import dataclass

REGION = r"[a-z]{2}(?:-[a-z]+)+-\d"
HOSTS = re.compile(
    rf"(?:api\.(?P<api>ecr)|(?P<service>sts|ecr|eks|iam))(?:\.(?P<region>{REGION}))?\.amazonaws\.com"
)
REGISTRY = re.compile(rf"(?P<account>\d{{12}})\.dkr\.ecr\.(?P<region>{REGION})\.amazonaws\.com")
# Global endpoints are signed for us-east-1.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_enable-regions.html
GLOBAL_REGION = "us-east-1"


@dataclass(frozen=True)
class Endpoint:
    service: str
    region: str


def endpoint(host: str) -> Endpoint | None:
    """None when the name is none of AWS's APIs; a port is left aside."""
    found = HOSTS.fullmatch(host.partition(":")[0].lower())
    if found is None:
        return None
    return Endpoint(found["api"] or found["service"], found["region"] or GLOBAL_REGION)


def is_registry(host: str) -> bool:
    return REGISTRY.fullmatch(host.partition(":")[0].lower()) is not None
