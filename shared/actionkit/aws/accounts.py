"""Which accounts the credentials may be for, in which jobs, and what people call them."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from actionkit.aws.claims import Claims
from actionkit.errors import ActionError
from actionkit.inputs import Reader

ID = re.compile("[0-9]{12}", re.ASCII)
ALIAS = re.compile(r"[A-Za-z][\w.-]{0,62}", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class AccountRules:
    """`allowed`: account ids, or none for all. `aliases`: names by id.

    `protected`: by id, the patterns of which the job's environment, or its ref for those that begin with
    `refs/`, must match one.
    """

    allowed: tuple[str, ...]
    aliases: Mapping[str, str]
    protected: Mapping[str, tuple[str, ...]]

    def named(self, account: str) -> str:
        """For messages: `222222222222 (dev)`."""
        return f"{account} ({self.aliases[account]})" if account in self.aliases else account

    def require_allowed(self, account: str) -> None:
        """ActionError where there is a list and the account isn't on it."""
        if self.allowed and account not in self.allowed:
            raise ActionError(
                "Wrong AWS account",
                f"The credentials would be for account {self.named(account)}, and `allowed-account-ids` "
                f"allows {', '.join(map(self.named, self.allowed))}. Nothing was exported.",
                "Correct the role's ARN, the runner that the job is on, or the list.",
            )

    def require_environment(self, account: str, claims: Callable[[], Claims]) -> None:
        """ActionError where the account is protected and the job's ID token doesn't say what it asks for.

        `claims` is called only for a protected account. GitHub signs the environment after its protection
        rules have let the job through; a variable of the job would be no proof.
        """
        patterns = self.protected.get(account)
        if not patterns:
            return
        job = claims()
        if any(_matches(job.ref if p.startswith("refs/") else job.environment, p) for p in patterns):
            return
        asked = " or ".join(f"`{pattern}`" for pattern in patterns)
        environment = f"environment `{job.environment}`" if job.environment else "no environment"
        raise ActionError(
            f"Account {self.named(account)} is protected",
            f"`require-environment` asks for {asked}, and the job's ID token says {environment}, ref "
            f"`{job.ref}`. Nothing was exported.",
            "Give the job the `environment:`, run it on the branch, or correct the role's account.",
        )


def read(reader: Reader) -> AccountRules:
    """`allowed-account-ids`, `account-aliases` and `require-environment`; each may use the aliases."""
    ids = _aliases(reader)
    return AccountRules(
        allowed=_allowed(reader, ids),
        aliases={account: alias for alias, account in ids.items()},
        protected=_protected(reader, ids),
    )


def _aliases(reader: Reader) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in _elements(reader, "account-aliases"):
        alias, _, account = (part.strip() for part in line.partition("="))
        if not ALIAS.fullmatch(alias) or not ID.fullmatch(account):
            reader.problem(
                "account-aliases",
                f"has `{line}`",
                "Write `NAME=ACCOUNT-ID`, such as `dev=222222222222`, one a line or with commas between.",
            )
        elif alias in found or account in found.values():
            reader.problem("account-aliases", f"has `{alias}` or {account} twice", "Leave one of them out.")
        else:
            found[alias] = account
    return found


def _allowed(reader: Reader, ids: Mapping[str, str]) -> tuple[str, ...]:
    """An empty element fails: it is what an unset variable leaves of a list that should have guarded us."""
    found = []
    for element in _elements(reader, "allowed-account-ids"):
        account = ids.get(element, element)
        if not ID.fullmatch(account):
            shown = f"`{element}`" if element else "an empty element"
            reader.problem(
                "allowed-account-ids",
                f"has {shown}, which is no account id",
                "An account id has 12 digits. In YAML, quote it: a leading zero is lost otherwise.",
            )
        found.append(account)
    return tuple(found)


def _protected(reader: Reader, ids: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for line in _elements(reader, "require-environment"):
        name, _, pattern = (part.strip() for part in line.partition("="))
        account = ids.get(name, name)
        if not ID.fullmatch(account) or not pattern:
            reader.problem(
                "require-environment",
                f"has `{line}`",
                "Write `ACCOUNT=ENVIRONMENT` or `ACCOUNT=refs/heads/BRANCH`, such as "
                "`333333333333=production`; the account by its id or by its name in `account-aliases`.",
            )
        found[account] = (*found.get(account, ()), pattern)
    return found


def _matches(claim: str, pattern: str) -> bool:
    """`*` stands for anything, and for nothing; a claim that the token lacks matches no pattern."""
    return bool(claim) and bool(re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), claim, re.DOTALL))


def _elements(reader: Reader, name: str) -> tuple[str, ...]:
    """By comma or newline, empty ones included."""
    text = reader.text(name)
    return tuple(part.strip() for part in re.split(r"[,\n]", text)) if text else ()
