"""A wrong organisation file: every problem in one go, each a line with its place and the way out."""

import re
from pathlib import Path

import pytest

from testbed import organisation
from testbed.errors import TestbedError
from testbed.organisation_file import capacity, check

ALLOWED = '"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"'
GOOD = """\
region: eu-central-1
github-organisation: acme
accounts:
  build: {id: "444455556666", vpc: 10.60.0.0/16}
  live: {id: "777788889999", vpc: 10.70.0.0/16}
peerings: [[build, live]]
oidc-providers:
  - {account: live, url: token.actions.githubusercontent.com, audiences: [sts.amazonaws.com]}
roles:
  - {account: build, name: runner, trust: ec2.json}
  - {account: live, name: node, trust: ec2.json, policies: [ec2.json]}
  - {account: live, name: deploy, trust: oidc.json}
repositories:
  - {account: build, name: shop, policy: ec2.json}
clusters:
  - name: blue
    account: live
    address: 10.70.0.10
    node-role: node
    access-entries: [{role: deploy, groups: [deployers]}]
    manifests: [rbac.yaml]
runners:
  - {name: first, account: build, address: 10.60.1.10, instance-role: runner, labels: [linux]}
"""
SECOND_CLUSTER = """\
  - {name: NAME, account: live, address: ADDRESS, node-role: node}
runners:
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "ec2.json").write_text(f'{{"Statement": [{{{ALLOWED}}}]}}')
    (tmp_path / "oidc.json").write_text('{"Statement": {"Effect": "Deny"}}')
    (tmp_path / "rbac.yaml").write_text("apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n---\n")
    (tmp_path / "half.json").write_text('{"Statement": [')
    (tmp_path / "list.json").write_text("[1]")
    (tmp_path / "pod.yaml").write_text("kind: Pod\nmetadata: {name: x}\n")
    (tmp_path / "bare.yaml").write_text("kind: Namespace\nmetadata: {name: x}\n")
    (tmp_path / "lost.yaml").write_text("kind: Role\nmetadata: {name: x}\n")
    return tmp_path


def found(folder: Path, text: str, memory: float = 64) -> list[str]:
    _, problems = check.examine(folder / "testbed.yaml", text, memory)
    return [f"{problem.line}: {problem.text}" for problem in problems]


def test_a_good_file_has_no_problem_and_becomes_an_organisation(folder: Path) -> None:
    file = folder / "testbed.yaml"
    file.write_text(GOOD)
    assert found(folder, GOOD) == []
    check.check(file)
    org = organisation.read(file)
    assert (org.default_runner.name, org.home.alias) == ("first", "build")
    assert org.registry == "444455556666.dkr.ecr.eu-central-1.amazonaws.com"
    assert org.clusters["blue"].manifests == (folder / "rbac.yaml",)


@pytest.mark.parametrize(
    "file", [organisation.BUILT_IN, organisation.BUILT_IN.parents[2] / "examples/testbed/testbed.yaml"]
)
def test_the_files_that_we_show_are_good(file: Path) -> None:
    check.check(file)


# What of the good file is replaced, by what, the line of the problem, and what is said.
WRONG = [
    ("region: eu-central-1", "region: eu-centrall-1", 1, "`eu-centrall-1` is not a region.*`eu-central-1`"),
    ("region: eu-central-1\n", "", 1, "`region` is missing"),
    ("region: eu-central-1", "region: cn-north-1", 1, "not a region"),
    ("region: eu-central-1", "region: eu-central-1\nregion: eu-west-1", 2, "`region` is there twice.*line 1"),
    ("region: eu-central-1", "regoin: eu-central-1", 1, "unknown key `regoin`; perhaps you meant `region`"),
    ("region: eu-central-1", "region: [eu-central-1]", 1, "should be a region of AWS's, and is a list"),
    ("region: eu-central-1", "region: {", 3, "not YAML"),
    ("github-organisation: acme", "github-organisation: acme/shop", 2, "not a GitHub name"),
    ("github-organisation: acme", "github-organisation: 1234", 2, 'write "1234"'),
    ('"444455556666"', "444455556666", 4, 'accounts.build.id.*write "444455556666"'),
    ('"444455556666"', '"44445555666"', 4, "not twelve digits"),
    ('"777788889999"', '"444455556666"', 5, "`444455556666` is there twice, first in line 4"),
    ("  build: {id", "  Build: {id", 4, "`Build` is not a name of lower-case"),
    ("  build: {id", "  internet: {id", 4, "network of the testbed's own"),
    ("10.70.0.0/16", "10.60.0.0/16", 5, "overlaps that of `build`"),
    ("10.70.0.0/16", "10.70.0.0/20", 5, "not a /16"),
    ("10.70.0.0/16", "10.70.1.0/16", 5, "write 10.70.0.0/16"),
    ("10.70.0.0/16", "8.8.0.0/16", 5, "not private"),
    ("10.70.0.0/16", "172.20.0.0/16", 5, "range of services"),
    ("10.70.0.0/16", "everything", 5, "not a network"),
    ("[[build, live]]", "[[build, lvie]]", 6, "no account `lvie`; perhaps you meant `live`"),
    ("[[build, live]]", "[[build, build]]", 6, "isn't peered with itself"),
    ("[[build, live]]", "[[build, live], [live, build]]", 6, "twice"),
    ("[[build, live]]", "[[build]]", 6, "a pair of accounts, and has 1"),
    ("[[build, live]]", "build", 6, "should be a list of pairs of accounts, and is `build`"),
    ("url: token", "url: https://token", 8, "issuer without https://"),
    ("[sts.amazonaws.com]", "[]", 8, "one audience or more, and has 0"),
    ("account: live, name: n", "account: liv, name: n", 11, "no account `liv`; perhaps you meant `live`"),
    ("name: deploy,", "name: node,", 12, "`node` is there twice, first in line 11"),
    ("name: deploy,", "name: de ploy,", 12, "not a role's name"),
    ("trust: oidc.json", "trust: odic.json", 12, "odic.json can't be read in .*: No such file"),
    ("trust: oidc.json", "trust: half.json", 12, "half.json is not JSON"),
    ("trust: oidc.json", "trust: list.json", 12, "list.json is no policy"),
    ("trust: oidc.json", "trsut: oidc.json", 12, "unknown key `trsut`; perhaps you meant `trust`"),
    ("policies: [ec2.json]", "policies: ec2.json", 11, "a list of files, and is `ec2.json`"),
    ("name: runner, trust: ec2", "name: runner, trust: oidc", 23, "doesn't let ec2.amazonaws.com in"),
    ("name: shop,", "name: Shop,", 14, "repository's name"),
    ("name: shop,", "name: shop, immutable: 'yes',", 14, "true or false, and is yes"),
    ("  - name: blue", "  - name: aws", 16, "`aws` is a host of the testbed's own"),
    ("  - name: blue", "  - name: runner-first", 16, "host of the testbed's own"),
    ("    address: 10.70.0.10\n", "", 16, "clusters\\[0\\]: `address` is missing"),
    ("address: 10.70.0.10", "address: 10.71.0.10", 18, "not in the account's VPC, 10.70.0.0/16"),
    ("address: 10.70.0.10", "address: 10.70.0.2", 18, "AWS's own"),
    ("address: 10.70.0.10", "address: 10.70.255.255", 18, "AWS's own"),
    ("address: 10.70.0.10", "address: 10.70.128.9", 18, "where pods are: take one below 10.70.128.0"),
    ("address: 10.70.0.10", "address: 10.70.0", 18, "not an IPv4 address"),
    ("node-role: node", "node-role: nod", 19, "account `live` has no role `nod`; perhaps you meant `node`"),
    ("node-role: node", "node-role: runner", 19, "account `live` has no role `runner`"),
    ("node-role: node", "node-role: node\n    authentication-mode: CONFIGMAP", 20, "meant `CONFIG_MAP`"),
    ("groups: [deployers]", "access-policies: [{policy: AmazonEKSViewPolcy}]", 20, "`AmazonEKSViewPolicy`"),
    ("[{role: deploy,", "[{role: node}, {role: node,", 20, "twice"),
    ("[{role: deploy,", "[{role: deplo,", 20, "perhaps you meant `deploy`"),
    ("manifests: [rbac.yaml]", "manifests: [pod.yaml]", 21, "has a `Pod`; `up` applies only Namespace"),
    ("manifests: [rbac.yaml]", "manifests: [lost.yaml]", 21, "Role x has no namespace"),
    ("manifests: [rbac.yaml]", "manifests: [bare.yaml]", 21, "Namespace x has no apiVersion"),
    ("manifests: [rbac.yaml]", "manifests: [half.json]", 21, "not YAML"),
    ("name: first", "name: no-docker", 23, "every testbed has a runner `no-docker`"),
    ("address: 10.60.1.10", "address: 10.60.1.250", 23, "the host `tester`"),
    ("address: 10.60.1.10", "address: 10.60.1.13", 23, "the runner `no-docker`"),
    ("runners:\n", SECOND_CLUSTER.replace("NAME", "green").replace("ADDRESS", "10.70.0.10"), 22, "`blue`"),
    ("runners:\n", SECOND_CLUSTER.replace("NAME", "blue").replace("ADDRESS", "10.70.0.11"), 22, "twice"),
    (GOOD, "", 1, "empty"),
    (GOOD, "- a\n", 1, "should be a mapping .*and is a list"),
    (GOOD, "region: eu-central-1\n", 1, "`runners` is missing"),
    ("runners:\n", "runners: []\nrunner:\n", 22, "one runner or more, and has 0"),
]


@pytest.mark.parametrize(("old", "new", "line", "said"), WRONG)
def test_what_is_wrong_is_said_with_its_line(folder: Path, old: str, new: str, line: int, said: str) -> None:
    assert old in GOOD
    problems = found(folder, GOOD.replace(old, new, 1))
    assert [one for one in problems if re.search(f"^{line}: .*{said}", one)], problems


def test_all_problems_are_said_at_once_a_line_each(folder: Path) -> None:
    file = folder / "testbed.yaml"
    wrong = GOOD.replace("eu-central-1", "eu").replace("10.70.0.10", "10.60.0.10")
    file.write_text(wrong.replace("shop", "S"))
    with pytest.raises(TestbedError) as raised:
        check.check(file)
    lines = str(raised.value).splitlines()
    assert lines[0] == f"{file} has 3 problems; nothing was changed"
    assert [line.split(":")[1] for line in lines[1:]] == ["1", "14", "18"]
    assert all(line.startswith(f"  {file}:") for line in lines[1:])


@pytest.mark.parametrize(("content", "said"), [(None, "No such file"), (b"\xff\xfe\x00", "not UTF-8")])
def test_a_file_that_cannot_be_read(tmp_path: Path, content: bytes | None, said: str) -> None:
    if content is not None:
        (tmp_path / "testbed.yaml").write_bytes(content)
    with pytest.raises(TestbedError, match=said):
        check.check(tmp_path / "testbed.yaml")


def test_more_clusters_than_the_machine_carries(folder: Path) -> None:
    few = capacity.needed(clusters=1, runners=1)
    assert found(folder, GOOD, memory=few) == []
    (problem,) = found(folder, GOOD, memory=few - 0.1)
    assert problem.startswith("15: clusters: clusters (1) and runners (1) need about")
    assert problem.endswith("leave 1 of the clusters out")
