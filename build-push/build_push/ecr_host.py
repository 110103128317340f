"""The host names of Amazon ECR's private registries."""

import re
from dataclasses import dataclass

# The names that AWS's own credential provider answers for; `dkr-ecr…on.aws` are the dual-stack ones.
# https://github.com/kubernetes/cloud-provider-aws/blob/master/cmd/ecr-credential-provider/main.go
# https://docs.aws.amazon.com/general/latest/gr/ecr.html
_HOST = re.compile(
    r"(?P<account>\d{12})\.dkr[.-]ecr(?P<fips>-fips)?\.(?P<region>[a-z0-9]+(?:-[a-z0-9]+)+)\."
    r"(?:amazonaws\.(?:com(?:\.cn)?|eu)|on\.(?:aws|amazonwebservices\.com\.cn)"
    r"|sc2s\.sgov\.gov|c2s\.ic\.gov|cloud\.adc-e\.uk|csp\.hci\.ic\.gov)"
)
_ALMOST = re.compile(r"(?:.*\.)?dkr[.-]ecr.*|\d+\.ecr\..*|ecr\..*")

# https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreateRepository.html (repositoryName)
_REPOSITORY = re.compile(r"(?:[a-z0-9]+(?:[._-][a-z0-9]+)*/)*[a-z0-9]+(?:[._-][a-z0-9]+)*")


@dataclass(frozen=True, kw_only=True)
class EcrHost:
    """A private registry: one account's, in one region."""

    host: str
    account: str
    region: str


def parse(host: str) -> EcrHost | None:
    """The private registry that `host` is, or None for every other host."""
    match = _HOST.fullmatch(host)
    if not match:
        return None
    return EcrHost(host=host, account=match["account"], region=match["region"])


def resembles(host: str) -> bool:
    """Whether `host` was probably meant as ECR's: for a better message, never for a decision."""
    return bool(_ALMOST.fullmatch(host)) or (
        "ecr" in host and "amazonaws" in host and host != "public.ecr.aws"
    )


def hosts_in(text: str) -> tuple[EcrHost, ...]:
    """Every private registry that `text` names, in order, once each."""
    found = dict.fromkeys(match[0] for match in re.finditer(rf"(?<![\w.-]){_HOST.pattern}(?![\w.-])", text))
    return tuple(host for host in map(parse, found) if host)


def repository_problem(repository: str) -> str:
    """The rule of ECR that a repository's name breaks though docker's grammar allows it, or nothing."""
    if len(repository) < 2:
        return "ECR's repository names have at least 2 characters"
    if not _REPOSITORY.fullmatch(repository):
        return "ECR's repository names never have two of `.`, `_` and `-` in a row"
    return ""
