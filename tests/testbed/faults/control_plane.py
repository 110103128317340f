"""Faults of a cluster's API server and of the etcd behind it, at their processes."""

import sys

from testbed import paths, topology, units
from testbed.cluster import control
from testbed.faults import clusters, signals
from testbed.faults.clusters import CLUSTER
from testbed.faults.fault import Fault, Memory, Parameter, Values, amount

API_SERVER, ETCD = "kube-apiserver", "etcd"


def _stop(values: Values) -> Memory:
    control.kill(values["cluster"], API_SERVER)
    return {}


def _restart(values: Values) -> Memory:
    control.kill(values["cluster"], API_SERVER)
    control.start(values["cluster"], API_SERVER)
    return {}


def _start(values: Values, _memory: Memory) -> None:
    control.start(values["cluster"], API_SERVER)
    _wait_for_api(values)


def _freeze(values: Values) -> Memory:
    signals.freeze(clusters.pids(values["cluster"], ETCD))
    return {}


def _thaw(values: Values, _memory: Memory) -> None:
    signals.thaw(clusters.pids(values["cluster"], ETCD))
    _wait_for_api(values)


def _pulse(values: Values) -> Memory:
    units.start(
        units.Unit(
            name=_pulse_unit(values),
            argv=[
                sys.executable,
                "-m",
                "testbed.faults.pulse",
                values["cluster"],
                ETCD,
                str(values["pause"]),
                str(values["run"]),
            ],
            env={
                "PYTHONPATH": str(paths.PACKAGE.parent),
                "PYTHONDONTWRITEBYTECODE": "1",
                "EKS_ACTIONS_TESTBED": str(paths.state()),
            },
            netns=topology.ROUTER,
            pid_namespace=False,  # it signals processes of others
            ready=lambda: signals.frozen(clusters.pids(values["cluster"], ETCD)),
        )
    )
    return {}


def _end_pulse(values: Values, memory: Memory) -> None:
    units.stop(_pulse_unit(values))
    _thaw(values, memory)


def _pulse_unit(values: Values) -> str:
    return f"fault-slow-etcd-{values['cluster']}"


def _wait_for_api(values: Values) -> None:
    clusters.wait(clusters.api(values).answers, f"cluster {values['cluster']}: the API server is ready")


def _api_server(values: Values) -> str:
    return f"API server of {values['cluster']}"


def _etcd(values: Values) -> str:
    return f"etcd of {values['cluster']}"


FAULTS = (
    Fault(
        name="api-server-stopped",
        text="a cluster's API server is gone: connections are refused",
        parameters=(CLUSTER,),
        units=clusters.unit,
        part=_api_server,
        strike=_stop,
        heal=_start,
    ),
    Fault(
        name="api-server-restarted",
        text="a cluster's API server ends and comes back by itself: open connections break",
        parameters=(CLUSTER,),
        units=clusters.unit,
        part=_api_server,
        strike=_restart,
        heal=_start,
    ),
    Fault(
        name="etcd-silent",
        text="etcd doesn't answer the API server: requests end with 504 when their time is over",
        parameters=(CLUSTER,),
        units=clusters.unit,
        part=_etcd,
        strike=_freeze,
        heal=_thaw,
    ),
    Fault(
        name="etcd-slow",
        text="etcd stops again and again: the API server is slow",
        parameters=(
            CLUSTER,
            Parameter(name="pause", text="seconds in which it stands still", default="0.5", read=amount),
            Parameter(name="run", text="seconds in which it runs in between", default="0.05", read=amount),
        ),
        units=clusters.unit,
        part=_etcd,
        strike=_pulse,
        heal=_end_pulse,
    ),
)
