"""botocore clients with our time limits, and no interference from the job's AWS_PROFILE.

Imported only where one is needed: it takes most of a second on a small runner. STS has sts.py.
"""

import os
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import botocore.session
from botocore.config import Config
from botocore.loaders import Loader, create_loader

from actionkit import trust
from actionkit.aws import metadata
from actionkit.aws.identity import Identity
from actionkit.network import Network, by_proxy
from actionkit.version import VERSION

CONNECT_SECONDS = 5
READ_SECONDS = 20
ATTEMPTS = 4


@lru_cache(maxsize=1)
def loader() -> Loader:
    """botocore's data files, each parsed once: images may go to registries of several regions."""
    return create_loader()


def client(service: str, identity: Identity, region: str) -> Any:
    """A client that signs as `identity`, and takes the proxy that its inputs name.

    AWS_CA_BUNDLE, the proxy variables and AWS_ENDPOINT_URL* are botocore's to honour. What it knows to be
    transient is tried four times in all.
    """
    trust.require_bundle(os.environ)
    session = botocore.session.Session(session_vars={"profile": (None, None, None, None)})
    session.register_component("data_loader", loader())
    keys = identity.credentials
    session.set_credentials(keys.access_key_id, keys.secret_access_key, keys.session_token or None)
    config = Config(
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
        user_agent_extra=f"eks-actions/{VERSION}",
    )
    made = session.create_client(service, region_name=region, config=config)
    if not identity.http_proxy and not identity.no_proxy:
        return made
    way = Network(by_proxy(os.environ, identity.http_proxy, identity.no_proxy))
    proxy = way.proxy_for(made.meta.endpoint_url)
    proxied = config.merge(Config(proxies={"http": proxy, "https": proxy} if proxy else {}))
    return session.create_client(service, region_name=region, config=proxied)


def ambient_session(
    *, only: Sequence[str] | None = None, without: Sequence[str] = ()
) -> botocore.session.Session:
    """A session that looks for credentials wherever botocore does, the instance role through IMDSv2 alone.

    `only`, `without`: the providers that are asked, or not, by botocore's names.
    """
    metadata.keep_off_the_proxy()
    session = botocore.session.Session()
    session.set_config_variable("ec2_metadata_v1_disabled", True)
    session.set_config_variable("metadata_service_num_attempts", metadata.ATTEMPTS)
    chain = session.get_component("credential_provider")
    chain.providers = [
        provider
        for provider in chain.providers
        if (only is None or provider.METHOD in only) and provider.METHOD not in without
    ]
    return session
