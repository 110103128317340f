"""Messages of docker, BuildKit and registries whose cause is known, most specific first."""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Cause:
    """`hint` is filled in with the pattern's named groups."""

    pattern: re.Pattern[str]
    title: str
    hint: str


DISK_FULL = (
    "Free some on the runner: `docker system df` shows what Docker holds, "
    "`docker builder prune --filter until=168h` removes old build cache."
)

_DENIED_ACTION = r"User: (?P<caller>\S+) is not authorized to perform: "
_LACKS = (
    "{caller} lacks {action}. If the caller and the repository are of one account, allow it in the "
    "role's policy (build-push's README has the whole policy); if they aren't, in the repository's "
    "policy too."
)

CAUSES = (
    Cause(
        re.compile(rf"{_DENIED_ACTION}(?P<action>ecr:(?:BatchGetImage|GetDownloadUrlForLayer))"),
        "The registry denied the pull",
        _LACKS,
    ),
    Cause(
        re.compile(rf"{_DENIED_ACTION}(?P<action>ecr:\w+)"),
        "The registry denied the push",
        _LACKS,
    ),
    Cause(
        # The engine asks by HEAD whether the registry has a layer; a refusal of that has no text.
        re.compile(r"error parsing HTTP 403 response body: unexpected end of JSON input"),
        "The registry denied the push",
        "It gives no reason where it is asked whether it has a layer: the role most likely lacks "
        "ecr:BatchCheckLayerAvailability. Allow it in the role's policy (build-push's README has the whole "
        "policy), and in the repository's policy if that is of another account.",
    ),
    Cause(
        re.compile(r"tag '?(?P<tag>[\w.-]+)'? already exists in the '?(?P<repository>[\w./-]+)'? repository"),
        "The tag exists and can't be moved",
        "Somebody pushed {repository}:{tag} while this build ran. Its tags are immutable: push under a "
        "tag that only this run has, such as the commit's SHA.",
    ),
    Cause(
        re.compile(r"name unknown: The repository with name '(?P<repository>[^']+)' does not exist"),
        "The repository doesn't exist",
        "ECR doesn't make repositories on push. Create {repository}, or correct the tag.",
    ),
    Cause(
        re.compile(r'error getting credentials - err: exec: "(?P<helper>[^"]+)": executable file not found'),
        "The registry's password couldn't be had",
        "Docker's configuration names the credential helper {helper}, and the runner has no such program: "
        "install it, or take it out of the configuration (`credsStore`, `credHelpers`).",
    ),
    Cause(
        re.compile(r"error getting credentials - err: .*?, out: `(?P<said>[^`]*)`"),
        "The registry's password couldn't be had",
        "The credential helper said: {said}",
    ),
    Cause(
        re.compile(r"no basic auth credentials"),
        "The registry got no credentials",
        "For a registry other than the tags' own, log in before this step: its entry in Docker's "
        "configuration is kept.",
    ),
    Cause(
        re.compile(r"LimitExceededException|maximum (?:allowed )?number of images"),
        "A quota of the registry is used up",
        "See the repository's number of images and its lifecycle policy, and Service Quotas for Amazon ECR.",
    ),
    Cause(
        re.compile(r"toomanyrequests|429 Too Many Requests"),
        "The registry limits the rate of requests",
        "Docker Hub limits anonymous pulls: log in to it before this step, or take base images from ECR "
        "(a pull-through cache rule). Where ECR itself says so, re-run the job later.",
    ),
    Cause(
        re.compile(r"no space left on device"),
        "The runner's disk is full",
        DISK_FULL,
    ),
    Cause(
        re.compile(r'target stage "?(?P<stage>[^"\s]+)"? could not be found'),
        "The Dockerfile has no such stage",
        "`target` names the stage {stage}: a stage is named by `FROM image AS name`.",
    ),
    Cause(
        re.compile(r'"(?P<path>/[^"]*)": not found'),
        "A file that the Dockerfile copies isn't in the context",
        "{path} is looked for in the build's context, the folder of the input `context`: see whether it "
        "is there, whether an earlier step makes it, and whether .dockerignore leaves it out.",
    ),
    Cause(
        re.compile(r"failed to read dockerfile: open (?P<file>[^:]+): no such file"),
        "The Dockerfile isn't in the context",
        "{file} was looked for in the context. A git context holds what is committed, and `file` is "
        "relative to its root.",
    ),
    Cause(
        re.compile(r"dockerfile parse error"),
        "The Dockerfile has a syntax error",
        "Correct the line; the reference is https://docs.docker.com/reference/dockerfile/.",
    ),
    Cause(
        re.compile(r"failed to resolve source metadata for (?P<image>\S+): .*not found"),
        "A base image doesn't exist",
        "{image}: check the name and the tag after FROM, and that the registry has it for this platform.",
    ),
    Cause(
        re.compile(r"x509: certificate signed by unknown authority"),
        "A registry's certificate isn't trusted",
        "The Docker engine verifies registries: add the authority to the host's trust store and restart "
        "Docker, or put it at /etc/docker/certs.d/HOST/ca.crt. buildx itself asks for Docker Hub's tokens: "
        "it trusts the host's store and the file that SSL_CERT_FILE in the step's `env` names.",
    ),
    Cause(
        re.compile(r"failed to fetch remote|could not read Username for|fatal: Authentication failed"),
        "The git context can't be read",
        "The Docker engine fetches the context, from GitHub with `github-token`: it must reach the host, and "
        "the token must be allowed to read the repository. To build the files that actions/checkout left "
        "here, set `context: .`.",
    ),
    Cause(
        re.compile(r"dial tcp: lookup (?P<host>\S+)(?: on \S+)?: (?:no such host|server misbehaving)"),
        "A host name can't be resolved",
        "{host} isn't known to the Docker engine's resolver.",
    ),
    Cause(
        re.compile(
            r"dial tcp (?P<address>\S+): (?:i/o timeout|connect: .*)|TLS handshake timeout|Client\.Timeout"
        ),
        "A host can't be reached",
        "The Docker engine got no connection: check the runner's route, proxy and security groups.",
    ),
)
