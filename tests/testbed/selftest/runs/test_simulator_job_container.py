"""Jobs in a `container:`, seen by a docker client that records what it is asked.

https://github.com/actions/runner/blob/main/src/Runner.Worker/ContainerOperationProvider.cs
https://github.com/actions/runner/blob/main/src/Runner.Worker/Handlers/StepHost.cs (ContainerStepHost)
"""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from testbed.run import RunResult
from testbed.selftest.workflows import job, parsed, run, step
from testbed.simulator.errors import WorkflowError

# Records argv, environment and stdin. `exec` runs the script on this machine: only the files through which it
# speaks to the runner are at another place.
CLIENT = r"""#!/bin/sh
here=${0%/*} work=$(cat "${0%/*}/work") verb=
for word; do
  case $word in
    version|ps|rm|network|login|pull|create|start|inspect|exec|build|run) verb=$word; break ;;
  esac
done
{
  printf '%s\0' "$@"; printf '\1'; env -0; printf '\1'; if [ $verb = login ]; then cat; fi; printf '\2'
} >> "$here/calls"
[ ! -e "$here/fail-$verb" ] || exit 3
if [ -e "$here/slow-$verb" ]; then echo "$verb goes on"; exec sleep 30; fi
case $verb in
  create) echo c0ffee ;;
  version) echo 1.45 ;;
  inspect) printf 'LANG=C\nPATH=/image/bin:/bin\n' ;;
  ps) case "$*" in *--quiet*) echo 0ld ;; *) echo c0ffee Up ;; esac ;;
  exec)
    while [ "$1" != c0ffee ]; do if [ "$1" = --workdir ]; then cd "$work${2#/__w}"; fi; shift; done
    shift
    for word; do
      case $word in /__w/*) word=$work${word#/__w} ;; esac
      set -- "$@" "$word"; shift
    done
    for name in GITHUB_OUTPUT GITHUB_ENV GITHUB_PATH GITHUB_STATE GITHUB_STEP_SUMMARY; do
      eval "export $name=\"$work\${$name#/__w}\""
    done
    exec "$@" ;;
esac
"""
GUID = "[0-9a-f]{32}"


def record(
    tmp_path: Path, steps: str, container: str, *, marks: tuple[str, ...] = (), **keys: Any
) -> tuple[RunResult, list[dict[str, Any]]]:
    shims = tmp_path / "bin"
    shims.mkdir()
    (shims / "docker").write_text(CLIENT)
    (shims / "docker").chmod(0o755)
    (shims / "work").write_text(str(tmp_path / "host/work"))
    for mark in marks:
        (shims / mark).touch()
    env = json.dumps(keys.pop("env", {}))
    result = run(tmp_path, job(steps, container=container, env=env), path=str(shims), **keys)
    return result, [_call(text) for text in (shims / "calls").read_text().split("\2")[:-1]]


def _call(text: str) -> dict[str, Any]:
    argv, env, stdin = text.split("\1")
    pairs = (line.partition("=") for line in env.split("\0"))
    return {"argv": argv.split("\0")[:-1], "env": {name: value for name, _, value in pairs}, "stdin": stdin}


def test_what_is_called_and_how(tmp_path: Path) -> None:
    container = """
      image: registry.example.com/team/image:1
      credentials: {username: me, password: "${{ secrets.P }}"}
      env: {MODE: fast, EMPTY: ''}
      ports: ['8080:80']
      volumes: [data:/data, '/opt/x:/opt/x:ro']
      options: --cpus 1 --label "a b"
    """
    steps = "- {id: s, run: 'test ${{ job.container.id }} = c0ffee'}"
    result, calls = record(tmp_path, steps, container, secrets={"P": "p4ssword"})
    assert result.conclusion == "success"
    argv = [call["argv"] for call in calls]
    work = f"{tmp_path}/host/work"
    create = next(words for words in argv if words[0] == "create")
    label, network, name = argv[2][-1].partition("=")[2], argv[5][-1], create[2]
    assert re.fullmatch(f"{GUID}_registryexamplecomteamimage1_[0-9a-f]{{6}}", name)
    assert re.fullmatch(f"github_network_{GUID}", network)
    configuration = argv[6][1]
    assert re.match(rf"{work}/_temp/\.docker_", configuration)
    assert argv[:6] == [
        ["version", "--format", "{{.Server.APIVersion}}"],
        ["version", "--format", "{{.Client.APIVersion}}"],
        ["ps", "--all", "--quiet", "--no-trunc", "--filter", f"label={label}"],
        ["rm", "--force", "0ld"],
        ["network", "prune", "--force", "--filter", f"label={label}"],
        ["network", "create", "--label", label, network],
    ]
    login = ["login", "registry.example.com", "-u", "me", "--password-stdin"]
    assert argv[6:8] == [
        ["--config", configuration, *login],
        ["--config", configuration, "pull", "registry.example.com/team/image:1"],
    ]
    assert calls[6]["stdin"] == "p4ssword"
    assert not Path(configuration).exists()
    assert create == [
        *("create", "--name", name, "--label", label, "--workdir", "/__w/app/app", "--network", network),
        *("-p", "8080:80", "--cpus", "1", "--label", "a b"),
        *("-e", "MODE=fast", "-e", "EMPTY", "-e", "HOME=/github/home"),
        *("-e", "GITHUB_ACTIONS=true", "-e", "CI=true"),
        *("-v", "/var/run/docker.sock:/var/run/docker.sock"),
        *("-v", "data:/data", "-v", "/opt/x:/opt/x:ro"),
        *("-v", f"{work}:/__w", "-v", f"{tmp_path}/host/externals:/__e:ro"),
        *("-v", f"{work}/_temp:/__w/_temp", "-v", f"{work}/_actions:/__w/_actions"),
        *("-v", f"{work}/_tool:/__w/_tool"),
        *("-v", f"{work}/_temp/_github_home:/github/home"),
        *("-v", f"{work}/_temp/_github_workflow:/github/workflow"),
        *("--entrypoint", "tail", "registry.example.com/team/image:1", "-f", "/dev/null"),
    ]
    assert [words[0] for words in argv[9:12]] == ["start", "ps", "inspect"]
    assert argv[-2:] == [["rm", "--force", "c0ffee"], ["network", "rm", network]]


def test_a_step_in_it(tmp_path: Path) -> None:
    """`sh -e` by default; variables by name; values that start with a mounted path are translated."""
    steps = """
        - id: files
          run: echo out=1 >> $GITHUB_OUTPUT; echo /added >> $GITHUB_PATH; echo A=b >> $GITHUB_ENV
        - {id: s, shell: bash, working-directory: sub, run: 'echo "::error file=$GITHUB_WORKSPACE/x.py::m"'}
        - run: test "${{ steps.files.outputs.out }}$A" = 1b
        """
    (tmp_path / "host/work/app/app/sub").mkdir(parents=True)
    work = f"{tmp_path}/host/work"
    env = {
        "KUBECONFIG": "${{ github.workspace }}/kube",
        "HOME_FILE": f"{work}/_temp/_github_home/x",
        "INSIDE": f"a:{work}/x",
    }
    result, calls = record(tmp_path, steps, "busybox", env=env)
    assert result.conclusion == "success"
    first, second, _ = [call for call in calls if call["argv"][0] == "exec"]
    assert first["argv"][:4] == ["exec", "-i", "--workdir", "/__w/app/app"]
    assert first["argv"][-3:-1] == ["sh", "-e"]
    assert re.fullmatch(r"/__w/_temp/[0-9a-f-]+\.sh", first["argv"][-1])
    names = {second["argv"][at + 1] for at, word in enumerate(second["argv"]) if word == "-e"}
    assert second["argv"][3] == "/__w/app/app/sub"
    assert "PATH=/added:/image/bin:/bin" in names
    command = second["argv"][second["argv"].index("c0ffee") + 1 : -1]
    assert command == ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail"]
    expected = {
        "KUBECONFIG": "/__w/app/app/kube",
        "HOME_FILE": "/github/home/x",
        "INSIDE": f"a:{work}/x",
        "A": "b",
        "GITHUB_WORKSPACE": "/__w/app/app",
        "GITHUB_EVENT_PATH": "/github/workflow/event.json",
        "RUNNER_TEMP": "/__w/_temp",
        "RUNNER_TOOL_CACHE": "/__w/_tool",
    }
    assert {name: second["env"][name] for name in expected} == expected
    assert expected.keys() <= names
    assert "HOME" not in names  # it is the container's, from `docker create`
    assert second["env"]["GITHUB_OUTPUT"].startswith("/__w/_temp/_runner_file_commands/set_output_")
    assert step(result, "s").annotations[0].file == "x.py"


def test_expressions_have_the_paths_of_the_host(tmp_path: Path) -> None:
    """https://github.com/actions/runner/issues/2058, which is open"""
    steps = "- run: echo '${{ github.workspace }} ${{ runner.temp }}'"
    result, _ = record(tmp_path, steps, "busybox")
    work = f"{tmp_path}/host/work"
    assert f"\n{work}/app/app {work}/_temp\n" in result.jobs["a"].log


def test_container_actions_are_siblings_with_the_mounts_of_the_host(tmp_path: Path) -> None:
    """Handlers/ContainerActionHandler.cs: the job's network, and paths as without a job container."""
    steps = "- {id: s, uses: 'docker://busybox:1'}"
    result, calls = record(tmp_path, steps, "python:3.13-slim")
    argv = next(call["argv"] for call in calls if call["argv"][0] == "run")
    network = next(call["argv"][-1] for call in calls if call["argv"][:2] == ["network", "create"])
    assert argv[argv.index("--network") + 1] == network
    assert f"{tmp_path}/host/work/app/app:/github/workspace" in argv
    assert result.conclusion == "success"


@pytest.mark.parametrize(
    ("mark", "said", "pulls"),
    [
        ("fail-pull", "Docker pull failed with exit code 3", 3),
        ("fail-start", "Docker start failed with exit code 3", 1),
        ("fail-network", "Docker network failed with exit code 3", 0),
    ],
)
def test_what_fails_is_cleaned_up(tmp_path: Path, mark: str, said: str, pulls: int) -> None:
    steps = "- {id: normal, run: 'true'}\n- {id: always, if: always(), run: 'true'}"
    result, calls = record(tmp_path, steps, "busybox", marks=(mark,))
    argv = [call["argv"] for call in calls]
    assert result.conclusion == "failure"
    assert said in [one.message for one in result.annotations]
    assert len([words for words in argv if words[0] == "pull"]) == pulls
    assert argv[-1][:2] == ["network", "rm"]
    assert (["rm", "--force", "c0ffee"] in argv) is (mark == "fail-start")
    assert step(result, "normal").conclusion == "skipped"


@pytest.mark.parametrize("slow", ["slow-pull", "slow-exec"])
def test_cancelled(tmp_path: Path, slow: str) -> None:
    """While the image is pulled, or in a step: the container and the network go either way."""
    steps = "- {id: s, run: 'true'}\n- {id: after, if: success(), run: 'true'}"
    said = f"{slow.removeprefix('slow-')} goes on"
    result, calls = record(tmp_path, steps, "busybox", marks=(slow,), cancel_on=said)
    argv = [call["argv"] for call in calls]
    assert result.conclusion == "cancelled"
    assert argv[-1][:2] == ["network", "rm"]
    assert (["rm", "--force", "c0ffee"] in argv) is (slow == "slow-exec")
    assert step(result, "after").conclusion == "skipped"


def test_an_empty_image_is_none(tmp_path: Path) -> None:
    result = run(tmp_path, job("- run: test -z '${{ job.container.id }}'", container="${{ vars.IMAGE }}"))
    assert result.conclusion == "success"


HEAD = "on: push\njobs:\n  a:\n    runs-on: x\n    steps: [run: x]\n    container:\n"


# https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idcontainer
@pytest.mark.parametrize(
    ("container", "line", "message"),
    [
        ("      ports: []\n", 7, "Required property is missing in container: image"),
        ("      image: x\n      volume: []\n", 8, "Unexpected key 'volume' in container"),
        ("      image: x\n      volumes: /a:/b\n", 8, "container.volumes must be a sequence"),
        ("      image: x\n      env: [A]\n", 8, "container.env must be a mapping"),
        ("      image: x\n      credentials: {username: u}\n", 8, "missing in credentials: password"),
        ("      image: x\n      options: --network host\n", 8, "GitHub does not support --network in"),
        ("      image: x\n      options: --entrypoint=sh\n", 8, "GitHub does not support --entrypoint in"),
        ("      image: ${{ secrets.I }}\n", 7, "Unrecognized named-value: 'secrets'"),
        ("      image: ${{ env.I }}\n", 7, "Unrecognized named-value: 'env'"),
    ],
)
def test_refused(container: str, line: int, message: str) -> None:
    with pytest.raises(WorkflowError) as caught:
        parsed(HEAD + container)
    assert message in str(caught.value)
    assert str(caught.value).startswith(f"wf.yml:{line}: ")
