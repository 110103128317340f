"""Faults: their command line, and what it says of wrong orders."""

from pathlib import Path

import pytest

from testbed import cli
from testbed.faults import active
from testbed.faults.catalogue import FAULTS, find


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["aws-eror"], "there is no fault 'aws-eror'. Perhaps you meant aws-error."),
        (["aws-error", "operation"], "'operation' is no parameter. Parameters are KEY=VALUE."),
        (["aws-error"], "operation is missing (SERVICE:Operation, such as sts:AssumeRole, ecr:* or *:*)"),
        (
            ["aws-hang", "operation=s3:GetObject"],
            "s3:GetObject: it is SERVICE:Operation with one of",
        ),
        (
            ["aws-hang", "operation=sts"],
            "operation=sts: it is SERVICE:Operation with one of sts, iam",
        ),
        (["aws-error", "operation=*:*", "status=200"], "status=200: it is an HTTP status from 400 to 599"),
        (["aws-cut", "operation=*:*", "at=end"], "at=end: it is one of handshake, request, answer"),
        (
            ["aws-hang", "operation=sts:AsumeRole"],
            "operation=sts:AsumeRole: sts has no operation AsumeRole; perhaps AssumeRole",
        ),
        (["aws-clock"], "offset is missing (seconds: +600 is ahead, -600 behind)"),
        (["aws-clock", "offset=later"], "offset=later: it is seconds, +600 or -600"),
        (["registry-slow", "rate=3"], "rate=3: it is 0 (as fast as it goes), or at least 100 bytes a second"),
        (["registry-cut", "request=layer"], "it is one of ping, token, manifest, blob, upload, tags, any"),
        (["oidc-garbage", "body=xml"], "body=xml: it is one of html, empty, json"),
        (["imds-hop-limit", "limit=0"], "limit=0: it is a number from 1 to 64"),
        (["imds-slow", "host=moon"], "imds-moon is not up, so it can't be broken"),
        (["aws-error", "colour=red"], "there is no parameter 'colour'. It takes operation, code, message,"),
        (["aws-slow", "operation=sts:AssumeRole", "delay=soon"], "delay=soon: it is seconds"),
        (["aws-slow", "operation=sts:AssumeRole", "times=-1"], "times=-1: it is a number of times, not less"),
        (["no-route", "target=mars"], "target=mars: it is one of shared, dev, prod, internet, or an address"),
        (["no-route", "target=192.0.2.1"], "it is an address in one of shared, dev, prod, internet"),
        (["distance", "rtt=0"], "rtt=0: it is more than 0"),
        (["no-dns-zone", "zone=example.com"], "no name that the resolver knows is below it"),
        (["api-server-stopped", "cluster=test"], "cluster=test: it is one of dev, prod"),
        (
            ["node-tainted", "taint=gpu"],
            "taint=gpu: it is KEY=VALUE:EFFECT or KEY:EFFECT, and the effect one of",
        ),
        (["disk-full", "place=somewhere"], "it is one of work, temp, docker, or a folder's absolute path"),
        (["disk-read-only", "place=docker"], "an engine doesn't start there"),
        (["aws-slow", "operation=sts:AssumeRole"], "aws is not up, so it can't be broken. `./testbed up`"),
    ],
)
def test_wrong_orders_are_one_line(
    argv: list[str], said: str, capsys: pytest.CaptureFixture[str], state_at: Path
) -> None:
    assert cli.main(["fault", *argv]) == 1
    told = capsys.readouterr().err
    assert said in told.replace("\n  ", ". ")
    assert active.active() == []
    assert list(state_at.iterdir()) == []


def test_every_fault_says_what_it_is() -> None:
    for name, fault in FAULTS.items():
        assert name == fault.name
        assert fault.text
        assert find(name) is fault
        for parameter in fault.parameters:
            assert parameter.text
            if parameter.default is not None:
                parameter.read(parameter.default)
