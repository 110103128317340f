"""An API server that is busy with others: its own priority and fairness answers 429, with Retry-After.

https://kubernetes.io/docs/concepts/cluster-administration/flow-control/
"""

import sys

from testbed import paths, topology, units
from testbed.errors import TestbedError
from testbed.faults import clusters, occupy
from testbed.faults.clusters import CLUSTER
from testbed.faults.fault import Fault, Memory, Parameter, Values

NAME = "api-server-busy"
GROUP = "/apis/flowcontrol.apiserver.k8s.io/v1"
LEVEL, SCHEMA = f"{GROUP}/prioritylevelconfigurations", f"{GROUP}/flowschemas"
PRECEDENCE = 100  # before all of Kubernetes' own but the exempt ones


def level() -> dict[str, object]:
    """One request at a time: with no seats at all, what comes is let in when nothing else is.

    Nothing waits in a queue, nothing is lent or borrowed.
    """
    limited = {
        "nominalConcurrencyShares": 0,
        "lendablePercent": 0,
        "borrowingLimitPercent": 0,
        "limitResponse": {"type": "Reject"},
    }
    return _object("PriorityLevelConfiguration", {"type": "Limited", "limited": limited})


def schema(values: Values) -> dict[str, object]:
    subject = (
        {"kind": "User", "user": {"name": values["user"]}}
        if values["user"]
        else {"kind": "Group", "group": {"name": values["group"]}}
    )
    everything = {
        "verbs": ["*"],
        "apiGroups": ["*"],
        "resources": ["*"],
        "clusterScope": True,
        "namespaces": ["*"],
    }
    rules = [
        {
            "subjects": [subject],
            "resourceRules": [everything],
            "nonResourceRules": [{"verbs": ["*"], "nonResourceURLs": ["*"]}],
        }
    ]
    spec = {
        "matchingPrecedence": PRECEDENCE,
        "priorityLevelConfiguration": {"name": NAME},
        "rules": rules,
    }
    return _object("FlowSchema", spec)


def _object(kind: str, spec: dict[str, object]) -> dict[str, object]:
    group = GROUP.removeprefix("/apis/")
    return {"apiVersion": group, "kind": kind, "metadata": {"name": NAME}, "spec": spec}


def _strike(values: Values) -> Memory:
    if values["group"] == "system:masters" and not values["user"]:
        raise TestbedError(
            f"fault {NAME}: an API server is never too busy for system:masters",
            "Name another group, or a user.",
        )
    client = clusters.api(values)
    clusters.ask(values, lambda api: api.apply(f"{LEVEL}/{NAME}", level()))
    clusters.ask(values, lambda api: api.apply(f"{SCHEMA}/{NAME}", schema(values)))
    headers = occupy.impersonation(values)
    units.start(
        units.Unit(
            name=_unit(values),
            argv=[
                sys.executable,
                "-m",
                "testbed.faults.occupy",
                values["cluster"],
                *(f"{name}={value}" for name, value in headers.items()),
            ],
            env={
                "PYTHONPATH": str(paths.PACKAGE.parent),
                "PYTHONDONTWRITEBYTECODE": "1",
                "EKS_ACTIONS_TESTBED": str(paths.state()),
            },
            netns=topology.ROUTER,
        )
    )
    clusters.wait(
        lambda: client.request("GET", "/api", headers=headers)[0] == 429, f"fault {NAME} is in force"
    )
    return {}


def _heal(values: Values, _memory: Memory) -> None:
    units.stop(_unit(values))
    clusters.remove(values, f"{SCHEMA}/{NAME}", f"{LEVEL}/{NAME}")
    client, headers = clusters.api(values), occupy.impersonation(values)
    clusters.wait(lambda: client.request("GET", "/api", headers=headers)[0] != 429, f"fault {NAME} is healed")


def _unit(values: Values) -> str:
    return f"fault-busy-{values['cluster']}"


FAULTS = (
    Fault(
        name=NAME,
        text="a cluster's API server is busy: 429 with Retry-After for a group or a user",
        parameters=(
            CLUSTER,
            Parameter(name="group", text="whose requests are refused", default="deployers"),
            Parameter(name="user", text="the same for one user", default=""),
        ),
        units=clusters.unit,
        part=lambda values: f"priority of {values['cluster']}",
        strike=_strike,
        heal=_heal,
        through_api=True,
    ),
)
