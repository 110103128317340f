"""The accounts' IAM as it stands now: roles and identity providers, as loaded or as a test changed them."""

import hashlib
import json
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timezone

from testbed.aws.authority import PolicyDocument
from testbed.organisation import Organisation

CREATED = datetime(2026, 1, 1, tzinfo=timezone.utc)


@dataclass(frozen=True, kw_only=True)
class RoleState:
    arn: str
    account: str
    name: str
    id: str  # AROA…: another one for a role that was deleted and made again
    trust: PolicyDocument
    policies: Mapping[str, PolicyDocument]  # by name
    max_session_duration: int = 3600  # seconds, IAM's default


@dataclass(frozen=True)
class Provider:
    arn: str
    audiences: tuple[str, ...]


class World:
    """Thread-safe; documents are never changed in place, only replaced."""

    def __init__(self, organisation: Organisation) -> None:
        self.organisation = organisation
        self._lock = threading.Lock()
        self._roles: dict[str, RoleState] = {}
        self._removed: Counter[str] = Counter()  # how often each ARN's role was
        self._providers: dict[tuple[str, str], Provider] = {}
        self.restore()

    def restore(self) -> None:
        """The organisation's roles (with their ids) and providers as its files say; other roles stay."""
        roles = {
            arn: RoleState(
                arn=arn,
                account=role.account.id,
                name=role.name,
                id=role_id(arn),
                trust=json.loads(role.trust.read_text()),
                policies={path.stem: json.loads(path.read_text()) for path in role.policies},
            )
            for arn, role in self.organisation.roles.items()
        }
        providers = {
            (p.account.id, p.url): Provider(f"arn:aws:iam::{p.account.id}:oidc-provider/{p.url}", p.audiences)
            for p in self.organisation.oidc_providers
        }
        with self._lock:
            self._roles, self._providers = {**self._roles, **roles}, providers

    def role(self, arn: str) -> RoleState | None:
        with self._lock:
            return self._roles.get(arn)

    def roles(self) -> list[RoleState]:
        with self._lock:
            return list(self._roles.values())

    def change_role(
        self,
        arn: str,
        *,
        trust: PolicyDocument | None,
        policies: Mapping[str, PolicyDocument] | None,
        max_session_duration: int | None,
    ) -> None:
        """Replace what is given; a role that isn't there is made."""
        with self._lock:
            role = self._roles.get(arn) or _new_role(arn, self._removed[arn])
            self._roles[arn] = replace(
                role,
                trust=role.trust if trust is None else trust,
                policies=role.policies if policies is None else policies,
                max_session_duration=max_session_duration or role.max_session_duration,
            )

    def remove_role(self, arn: str) -> None:
        with self._lock:
            if self._roles.pop(arn, None):
                self._removed[arn] += 1

    def provider(self, account: str, url: str) -> Provider | None:
        """By issuer without its scheme, as IAM names providers."""
        with self._lock:
            return self._providers.get((account, url))

    def change_provider(self, account: str, url: str, audiences: tuple[str, ...] | None) -> None:
        """Set a provider's audiences; None removes the provider."""
        with self._lock:
            if audiences is None:
                self._providers.pop((account, url), None)
            else:
                arn = f"arn:aws:iam::{account}:oidc-provider/{url}"
                self._providers[account, url] = Provider(arn, audiences)


def _new_role(arn: str, removed: int) -> RoleState:
    return RoleState(
        arn=arn,
        account=arn.split(":")[4],
        name=arn.rpartition("/")[2],
        id=role_id(arn, removed),
        trust={},
        policies={},
    )


def role_id(arn: str, removed: int = 0) -> str:
    """The role's unique id, the `removed` + 1st of its ARN: what is made again isn't what was deleted.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
    """
    return "AROA" + identifier(f"{arn}#{removed}" if removed else arn)


def identifier(text: str) -> str:
    """17 upper-case characters, like IAM's unique ids, the same for the same text.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
    """
    number = int.from_bytes(hashlib.sha256(text.encode()).digest()[:16], "big")
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
    return "".join(letters[(number >> (5 * place)) % 32] for place in range(17))
