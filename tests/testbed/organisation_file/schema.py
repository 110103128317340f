"""The keys of the organisation file: it is checked by them, and docs/testbed.md shows them."""

from importlib.util import find_spec
from json import loads
from pathlib import Path

from testbed.aws.eks.access_policies import POLICIES
from testbed.aws.eks.authentication_mode import MODES
from testbed.organisation_file.shapes import Flag, Key, ListOf, MapOf, Record, Text


def _regions() -> tuple[str, ...]:
    """Of AWS's standard partition, whose names and ARNs are the testbed's, from botocore's data."""
    spec = find_spec("botocore")
    assert spec, "requirements.lock has it"
    assert spec.origin
    partitions = loads((Path(spec.origin).parent / "data" / "partitions.json").read_text())["partitions"]
    standard = next(partition for partition in partitions if partition["id"] == "aws")
    return tuple(region for region in standard["regions"] if not region.endswith("-global"))


# Names that become those of hosts, interfaces and folders.
NAME = Text("a name of lower-case letters, digits and single dashes", "[a-z0-9]+(-[a-z0-9]+)*")
ACCOUNT = Text("an account's name, one of the keys of `accounts`")
ROLE = Text("the name of one of the account's roles")
FILE = Text("the name of a file")
FILES = ListOf("a list of files", FILE)
ADDRESS = Text("an IPv4 address")

ACCOUNTS = Record(
    "an account's `id` and `vpc`",
    {
        "id": Key("its number", Text("twelve digits in quotes", "[0-9]{12}")),
        "vpc": Key("its VPC's range, a private /16", Text("a network such as 10.10.0.0/16")),
    },
)
# https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc.html
ISSUER = Text("an issuer without https:// and without a slash at its end", r"[\w.-]+(/[\w.-]+)*")
OIDC_PROVIDER = Record(
    "an OIDC provider",
    {
        "account": Key("whose IAM it is in", ACCOUNT),
        "url": Key("the issuer as IAM names it: `token.actions.githubusercontent.com`", ISSUER),
        "audiences": Key("its client IDs", ListOf("a list of one audience or more", Text("an audience"), 1)),
    },
)
# https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html
ROLES = Record(
    "a role",
    {
        "account": Key("whose it is", ACCOUNT),
        "name": Key("without a path", Text("a role's name", r"[\w+=,.@-]{1,64}")),
        "trust": Key("its trust policy, a JSON file", FILE),
        "policies": Key("its inline policies, JSON files, and named as those are", FILES, "none"),
    },
)
# https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreateRepository.html
REPOSITORY_NAME = Text("a repository's name as ECR takes it", "[a-z0-9]+([._/-][a-z0-9]+)*")
REPOSITORY = Record(
    "a repository",
    {
        "account": Key("whose registry it is in", ACCOUNT),
        "name": Key("as in ECR, slashes included", REPOSITORY_NAME),
        "policy": Key("its repository policy, a JSON file", FILE, "its own account alone"),
        "immutable": Key("whether a tag can be pushed only once", Flag(), "false"),
    },
)
# https://docs.aws.amazon.com/eks/latest/userguide/access-policy-permissions.html
ACCESS_POLICY = Record(
    "an access policy's `policy` and, for its scope, `namespaces`",
    {
        "policy": Key("one of EKS's own", Text("an access policy of EKS's", one_of=tuple(POLICIES))),
        "namespaces": Key(
            "where it holds", ListOf("a list of namespaces", Text("a namespace"), 1), "the whole cluster"
        ),
    },
)
# https://docs.aws.amazon.com/eks/latest/userguide/setting-up-access-entries.html
ACCESS_ENTRY = Record(
    "an access entry",
    {
        "role": Key("a role of the cluster's account", ROLE),
        "groups": Key("its Kubernetes groups", ListOf("a list of groups", Text("a group")), "none"),
        "access-policies": Key(
            "what EKS lets it do", ListOf("a list of access policies", ACCESS_POLICY), "none"
        ),
    },
)
CLUSTER = Record(
    "a cluster",
    {
        "name": Key("unique; its host's name too, for `exec` and `shell`", NAME),
        "account": Key("in whose VPC it is", ACCOUNT),
        "address": Key("of its API server and node, below `.128.0` of the VPC", ADDRESS),
        "node-role": Key("its node's role, which must trust `ec2.amazonaws.com`", ROLE),
        "authentication-mode": Key(
            "how EKS knows who is who", Text("an authentication mode", one_of=MODES), "`API_AND_CONFIG_MAP`"
        ),
        "access-entries": Key("who may use it", ListOf("a list of access entries", ACCESS_ENTRY), "none"),
        "manifests": Key("YAML that `up` applies: namespaces, service accounts, RBAC", FILES, "none"),
    },
)
LABELS = ListOf("a list of labels", Text("a label"))
RUNNER = Record(
    "a runner",
    {
        "name": Key("unique; the first is the default of `run`", NAME),
        "account": Key("in whose VPC it is", ACCOUNT),
        "address": Key("below `.128.0` of the VPC", ADDRESS),
        "instance-role": Key("its role, which must trust `ec2.amazonaws.com`", ROLE),
        "labels": Key("as registered; `run --runner` chooses, not `runs-on`", LABELS),
    },
)
REGION = Text("a region of AWS's", one_of=_regions())
GITHUB_NAME = Text("a GitHub name", "[A-Za-z0-9]+(-[A-Za-z0-9]+)*")
PEERINGS = ListOf("a list of pairs of accounts", ListOf("a pair of accounts", ACCOUNT, 2, 2))
ORGANISATION = Record(
    "a mapping with `region`, `accounts`, `runners`…",
    {
        "region": Key("where everything is; of AWS's standard partition", REGION),
        "github-organisation": Key("who owns the repositories whose workflows are run", GITHUB_NAME),
        "policies": Key("where all other files are, relative to this one", Text("a folder"), "beside it"),
        "accounts": Key("by names of your own", MapOf("a mapping of accounts", NAME, ACCOUNTS, 1)),
        "peerings": Key("whose VPCs have routes to each other", PEERINGS, "none"),
        "oidc-providers": Key("whom roles trust", ListOf("a list of OIDC providers", OIDC_PROVIDER), "none"),
        "roles": Key("of IAM", ListOf("a list of roles", ROLES)),
        "repositories": Key("of ECR", ListOf("a list of repositories", REPOSITORY), "none"),
        "clusters": Key("private EKS clusters, a node each", ListOf("a list of clusters", CLUSTER), "none"),
        "runners": Key("self-hosted, and booted by `up`", ListOf("a list of one runner or more", RUNNER, 1)),
    },
)
