"""What the rest of the testbed may ask of AWS: who a token belongs to, what it may do, and what ECR knows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

PolicyDocument = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Principal:
    """Who signed a request: an assumed role's session.

    arn: arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION, as GetCallerIdentity shows it.
    user_id: AROA…:SESSION, the condition key aws:userid.
    """

    arn: str
    account: str
    role_arn: str
    user_id: str
    tags: Mapping[str, str] = field(default_factory=dict)
    session_policies: tuple[PolicyDocument, ...] = ()


@dataclass(frozen=True)
class Decision:
    allowed: bool
    reason: (
        str  # the end of AWS's sentence: "because no identity-based policy allows the ecr:PutImage action"
    )


@dataclass(frozen=True, kw_only=True)
class EcrRepository:
    account: str
    name: str
    arn: str
    immutable: bool  # imageTagMutability IMMUTABLE
    policy: PolicyDocument | None


@dataclass(frozen=True, kw_only=True)
class EcrImage:
    digest: str  # sha256:…
    manifest: bytes
    media_type: str


class ImageTagAlreadyExists(Exception):
    """A push to an existing tag of an immutable repository; the text is ECR's."""


class Ecr(Protocol):
    """The ECR API's state; an image put here shows up in DescribeImages, and the other way round."""

    def repository(self, account: str, name: str) -> EcrRepository | None: ...

    def tags(self, account: str, name: str) -> dict[str, str]:
        """Digest by tag."""
        ...

    def image(self, account: str, name: str, reference: str) -> EcrImage | None:
        """By tag or digest; what the API's PutImage stored is found here too."""
        ...

    def put_image(self, account: str, name: str, image: EcrImage, tag: str | None) -> None:
        """Raises ImageTagAlreadyExists."""
        ...


class AwsAuthority(Protocol):
    @property
    def ecr(self) -> Ecr: ...

    def principal_of_ecr_token(self, password: str) -> Principal | None:
        """Whom GetAuthorizationToken gave this password (user name AWS); None when unknown or expired."""
        ...

    def decide(
        self,
        principal: Principal,
        action: str,
        resource_arn: str,
        resource_policy: PolicyDocument | None,
        context: Mapping[str, Any],
    ) -> Decision:
        """Default deny; `context` adds condition keys to those of the principal."""
        ...

    def record(self, call: Mapping[str, Any]) -> None:
        """Append to calls.jsonl: at least service, action, principal, outcome."""
        ...
