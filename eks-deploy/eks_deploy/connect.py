"""From AWS credentials to an API server that answers: each step that can fail says what failed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from actionkit.aws import clients
from actionkit.aws.identity import Identity
from actionkit.aws.obtain import obtain
from actionkit.retry import Clock, retry
from actionkit.runner import Runner
from eks_deploy import access, cluster_state, eks, reach, refusals
from eks_deploy.api import Refused, Unreachable
from eks_deploy.eks import Cluster
from eks_deploy.eks_token import Token, presign, sts_host
from eks_deploy.settings import Settings
from eks_deploy.transport import Transport


@dataclass(frozen=True, kw_only=True)
class Connection:
    """An API server that has answered once. `version` is its own, such as `v1.35.4`."""

    cluster: Cluster
    identity: Identity
    api: Transport
    version: str
    eks_client: Any

    @contextmanager
    def explained(self) -> Iterator[None]:
        """What the API server refuses, and its silence, as ActionErrors that say why and what next."""
        try:
            yield
        except Unreachable as error:
            raise reach.explain(error, self.cluster) from None
        except Refused as error:
            if error.status == 401:
                raise access.unauthorized(self.eks_client, self.cluster, self.identity) from None
            raise refusals.explain(error) from None


def connect(settings: Settings, runner: Runner, clock: Clock) -> Connection:
    """Credentials, DescribeCluster, name, route, TLS, token: in the order in which they can fail."""
    identity = obtain(settings.credentials, runner, clock)
    client = clients.client("eks", identity, identity.region)
    cluster = eks.describe(client, settings.cluster, identity)
    runner.info(f"{identity.arn} → {cluster.arn} (Kubernetes {cluster.version}, {cluster.endpoint})")
    host = sts_host(cluster.partition, cluster.region)
    sign = partial(presign, identity, host=host, region=cluster.region, cluster=cluster.name)
    token = Token(sign, clock, runner.add_mask)
    api = Transport(cluster.endpoint, cluster.authority, token, clock)
    if not api.proxied:
        reach.probe(cluster, reach.resolve(cluster))
    connection = Connection(cluster=cluster, identity=identity, api=api, version="", eks_client=client)
    with connection.explained():
        version = retry(
            lambda: cluster_state.server_version(api),
            clock=clock,
            deadline=10.0,
            attempts=3,
            backoff=lambda _attempt: 1.5,
            should_retry=_perhaps_too_early,
        )
    return Connection(cluster=cluster, identity=identity, api=api, version=version, eks_client=client)


def _perhaps_too_early(error: Exception) -> bool:
    """A new access entry isn't known everywhere at once.

    https://github.com/hashicorp/terraform-provider-aws/pull/35535
    """
    return isinstance(error, Refused) and error.status == 401
