"""The credential inputs as they are when a workflow gives none of them."""

from actionkit.aws.accounts import AccountRules
from actionkit.aws.session_policies import NO_POLICIES
from actionkit.aws.session_tags import TagSettings
from actionkit.aws.settings import CredentialSettings


def allowing(*accounts: str) -> AccountRules:
    return AccountRules(allowed=accounts, aliases={}, protected={})


DEFAULTS = CredentialSettings(
    source="auto",
    role_to_assume=None,
    role_chain=(),
    role_chaining=False,
    force_skip_oidc=False,
    use_existing=False,
    keys=None,
    web_identity_token_file=None,
    aws_region="ap-northeast-2",
    audience="sts.amazonaws.com",
    role_session_name="GitHubActions",
    role_duration_seconds=3600,
    role_external_id="",
    policies=NO_POLICIES,
    tags=TagSettings(skip=False, custom={}, transitive=()),
    accounts=allowing(),
    mask_account=False,
    sts_endpoint="",
    http_proxy="",
    no_proxy="",
    plain_keys=False,
    attempts=None,
)
