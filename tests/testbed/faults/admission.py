"""Faults of what extends a cluster's API: an admission webhook that is down, an API without a backend.

https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/
"""

import secrets

from testbed import topology
from testbed.cluster.api import Api
from testbed.faults import clusters, routing
from testbed.faults.clusters import CLUSTER
from testbed.faults.fault import Fault, Memory, Parameter, Values, count, one_of

NAMESPACE = "kube-system"
WEBHOOK = "policy.testbed.example"
SERVICE = "policy"
ADMISSION = "/apis/admissionregistration.k8s.io/v1"
COLLECTIONS = {"validating": "validatingwebhookconfigurations", "mutating": "mutatingwebhookconfigurations"}
KINDS = {"validating": "ValidatingWebhookConfiguration", "mutating": "MutatingWebhookConfiguration"}
SERVICES = f"/api/v1/namespaces/{NAMESPACE}/services"
SLICES = f"/apis/discovery.k8s.io/v1/namespaces/{NAMESPACE}/endpointslices"
NOBODY = topology.INTERNET[255 * 256 + 1]  # 198.18.255.1: the router takes packets for it, and drops them
OF_THE_SYSTEM = ("kube-system", "kube-node-lease", "kube-public")
API_SERVICES = "/apis/apiregistration.k8s.io/v1/apiservices"


def webhook(values: Values) -> dict[str, object]:
    """As a policy engine's: all namespaced objects, refused when nobody can be asked."""
    key = "kubernetes.io/metadata.name"
    only = {"key": key, "operator": "In", "values": [values["namespace"]]}
    all_others = {"key": key, "operator": "NotIn", "values": list(OF_THE_SYSTEM)}
    rule = {
        "apiGroups": ["*"],
        "apiVersions": ["*"],
        "operations": ["CREATE", "UPDATE"],
        "resources": ["*"],
        "scope": "Namespaced",
    }
    return {
        "name": WEBHOOK,
        "admissionReviewVersions": ["v1"],
        "sideEffects": "None",
        "failurePolicy": "Fail",
        "timeoutSeconds": values["timeout"],
        "namespaceSelector": {"matchExpressions": [only if values["namespace"] else all_others]},
        "rules": [rule],
        "clientConfig": {"service": {"namespace": NAMESPACE, "name": SERVICE, "path": f"/{values['kind']}"}},
    }


def _webhook_down(values: Values) -> Memory:
    if values["backend"] == "silent":
        routing.add(_number(values), clusters.api(values).address, str(NOBODY), "blackhole")
    clusters.ask(values, lambda api: _install(api, values))
    client = clusters.api(values)
    clusters.wait(lambda: _asked(client, values), "the webhook is asked")
    return {}


def _install(client: Api, values: Values) -> None:
    client.apply(f"{SERVICES}/{SERVICE}", _service())
    if values["backend"] == "silent":
        client.apply(f"{SLICES}/{SERVICE}", _endpoints())
    configuration = {
        "apiVersion": ADMISSION.removeprefix("/apis/"),
        "kind": KINDS[values["kind"]],
        "metadata": {"name": WEBHOOK},
        "webhooks": [webhook(values)],
    }
    client.apply(_configuration(values), configuration)


def _webhook_gone(values: Values, _memory: Memory) -> None:
    objects = (_configuration(values), f"{SERVICES}/{SERVICE}", f"{SLICES}/{SERVICE}")
    clusters.remove(values, *objects)
    routing.remove(_number(values))
    client = clusters.api(values)
    clusters.wait(lambda: not _asked(client, values), "the webhook is asked no more")


def _asked(client: Api, values: Values) -> bool:
    """A dry run tells: it meets the webhook too."""
    body = {"metadata": {"name": f"trial-{secrets.token_hex(4)}"}}
    path = f"/api/v1/namespaces/{values['namespace'] or 'default'}/configmaps?dryRun=All&timeout=1s"
    status, text = client.request("POST", path, body)
    return status >= 500 and (values["backend"] != "none" or b"no endpoints" in text)


def _configuration(values: Values) -> str:
    return f"{ADMISSION}/{COLLECTIONS[values['kind']]}/{WEBHOOK}"


def _service() -> dict[str, object]:
    """Without a selector: its endpoints, if any, are those that we give it."""
    spec = {"ports": [{"port": 443, "targetPort": 443, "protocol": "TCP"}]}
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": SERVICE}, "spec": spec}


def _endpoints() -> dict[str, object]:
    return {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {"name": SERVICE, "labels": {"kubernetes.io/service-name": SERVICE}},
        "addressType": "IPv4",
        "endpoints": [{"addresses": [str(NOBODY)], "conditions": {"ready": True}}],
        "ports": [{"port": 443, "protocol": "TCP"}],
    }


def _number(values: Values) -> int:
    return routing.number(f"webhook of {values['cluster']}")


def _api_down(values: Values) -> Memory:
    group, version = values["group"], "v1beta1"
    spec = {
        "group": group,
        "version": version,
        "groupPriorityMinimum": 100,
        "versionPriority": 100,
        "insecureSkipTLSVerify": True,
        "service": {"namespace": NAMESPACE, "name": "no-backend"},
    }
    body: dict[str, object] = {
        "apiVersion": "apiregistration.k8s.io/v1",
        "kind": "APIService",
        "spec": spec,
    }
    body["metadata"] = {"name": f"{version}.{group}"}
    clusters.ask(values, lambda api: api.apply(_api_service(values), body))
    client = clusters.api(values)
    clusters.wait(lambda: _status(client, group) == 503, f"{group} is unavailable")
    return {}


def _api_gone(values: Values, _memory: Memory) -> None:
    clusters.remove(values, _api_service(values))
    client, group = clusters.api(values), values["group"]
    clusters.wait(lambda: _status(client, group) == 404, f"{group} is gone")


def _status(client: Api, group: str) -> int:
    return client.request("GET", f"/apis/{group}/v1beta1")[0]


def _api_service(values: Values) -> str:
    return f"{API_SERVICES}/v1beta1.{values['group']}"


FAULTS = (
    Fault(
        name="webhook-down",
        text="an admission webhook can't be asked: objects are refused",
        parameters=(
            CLUSTER,
            Parameter(name="kind", text="validating, or mutating", default="validating", read=one_of(*KINDS)),
            Parameter(name="namespace", text="whose objects; all but the system's if empty", default=""),
            Parameter(
                name="backend",
                text="none (its service has no endpoints), or silent, as behind a security group",
                default="none",
                read=one_of("none", "silent"),
            ),
            Parameter(
                name="timeout", text="seconds that it is waited for, up to 30", default="10", read=count
            ),
        ),
        units=clusters.unit,
        part=lambda values: f"webhook of {values['cluster']}",
        strike=_webhook_down,
        heal=_webhook_gone,
        through_api=True,
    ),
    Fault(
        name="api-group-down",
        text="an aggregated API has no backend: 503 for its group, and discovery is incomplete",
        parameters=(
            CLUSTER,
            Parameter(name="group", text="of its resources", default="metrics.k8s.io"),
        ),
        units=clusters.unit,
        part=lambda values: f"API group {values['group']} of {values['cluster']}",
        strike=_api_down,
        heal=_api_gone,
        through_api=True,
    ),
)
