"""Profiles in files, on the real file system."""

import configparser
import os
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from actionkit.aws.identity import Credentials, Identity
from actionkit.errors import ActionError
from assume_role import profiles
from assume_role.profiles import HOME, JOB, Wanted

CONFIG = "# by hand\n[default]\nregion = eu-central-1\n"
CREDENTIALS = "[default]\naws_access_key_id = AKIA\naws_secret_access_key = theirs\n"


def identity(key: str = "ASIA1") -> Identity:
    keys = Credentials(access_key_id=key, secret_access_key="canary", session_token="canary-token")
    return Identity(
        credentials=keys,
        arn="arn:aws:sts::222222222222:assumed-role/deploy/GitHubActions",
        account="222222222222",
        source="oidc",
        found=False,
        chain=(),
        expiration=None,
        region="ap-northeast-2",
    )


@pytest.fixture
def user(tmp_path: Path) -> dict[str, str]:
    """The environment of somebody who has files of his own."""
    folder = tmp_path / "aws"
    folder.mkdir()
    (folder / "config").write_text(CONFIG)
    (folder / "credentials").write_text(CREDENTIALS)
    return {
        "AWS_CONFIG_FILE": str(folder / "config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(folder / "credentials"),
    }


@pytest.fixture
def temp(tmp_path: Path) -> Path:
    (tmp_path / "temp").mkdir()
    return tmp_path / "temp"


def wanted(
    name: str = "ci", location: str = JOB, *, overwrite: bool = False, refresh: bool = False
) -> Wanted:
    return Wanted(name=name, location=location, overwrite=overwrite, refresh=refresh)


def parsed(file: Path) -> dict[str, dict[str, str]]:
    found = configparser.RawConfigParser(default_section="\0")
    found.read(file)
    return {name: dict(found[name]) for name in found.sections()}


def contents(environ: dict[str, str]) -> list[str]:
    return [Path(file).read_text() for file in environ.values()]


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_jobs_files_begin_as_the_users_and_end_with_the_job(user: dict[str, str], temp: Path) -> None:
    place = profiles.write(identity(), wanted(), user, temp, {})
    assert place.config.read_text() == f"{CONFIG}\n[profile ci]\nregion = ap-northeast-2\n"
    assert parsed(place.credentials) == {
        "default": {"aws_access_key_id": "AKIA", "aws_secret_access_key": "theirs"},
        "ci": {
            "aws_access_key_id": "ASIA1",
            "aws_secret_access_key": "canary",
            "aws_session_token": "canary-token",
        },
    }
    assert contents(user) == [CONFIG, CREDENTIALS]
    assert [mode(path) for path in (*place.files, place.own)] == [0o600, 0o600, 0o700]
    assert all(temp in file.parents for file in place.files)


def test_several_profiles_lie_side_by_side(user: dict[str, str], temp: Path) -> None:
    place = profiles.write(identity("ASIA1"), wanted("dev"), user, temp, {})
    exported = dict(zip(profiles.VARIABLES, map(str, place.files), strict=True))
    profiles.write(identity("ASIA2"), wanted("prod"), exported, temp, {})
    found = parsed(place.credentials)
    assert (found["dev"]["aws_access_key_id"], found["prod"]["aws_access_key_id"]) == ("ASIA1", "ASIA2")
    assert set(parsed(place.config)) == {"default", "profile dev", "profile prod"}


@pytest.mark.parametrize("location", [JOB, HOME])
def test_a_profile_that_is_there_stays_unless_it_may_be_replaced(
    user: dict[str, str], temp: Path, location: str
) -> None:
    with pytest.raises(ActionError, match="The profile default exists"):
        profiles.write(identity(), wanted("default", location), user, temp, {})
    assert contents(user) == [CONFIG, CREDENTIALS]
    place = profiles.write(identity(), wanted("default", location, overwrite=True), user, temp, {})
    assert parsed(place.credentials)["default"]["aws_access_key_id"] == "ASIA1"
    assert place.config.read_text() == CONFIG.replace("eu-central-1", "ap-northeast-2")


def test_clearing_puts_back_what_was_in_the_home(user: dict[str, str], temp: Path) -> None:
    profiles.write(identity(), wanted("default", HOME, overwrite=True), user, temp, {})
    profiles.write(identity(), wanted("ci", HOME), user, temp, {})
    profiles.write(identity("ASIA2"), wanted("ci", HOME, overwrite=True), user, temp, {})
    profiles.write(identity(), wanted("ci", JOB, overwrite=True), user, temp, {})
    profiles.clear(temp)
    assert [text.rstrip("\n") for text in contents(user)] == [CONFIG.rstrip("\n"), CREDENTIALS.rstrip("\n")]
    assert "canary" not in "".join(path.read_text() for path in temp.rglob("*") if path.is_file())
    assert profiles.clear(temp) == []


def test_clearing_leaves_no_file_where_none_was(tmp_path: Path, temp: Path) -> None:
    environ = {name: str(tmp_path / "new" / name) for name in profiles.VARIABLES}
    place = profiles.write(identity(), wanted("ci", HOME), environ, temp, {})
    assert mode(place.credentials.parent) == 0o700
    profiles.clear(temp)
    assert list((tmp_path / "new").iterdir()) == []


def test_clearing_where_nothing_was_written_does_nothing(temp: Path) -> None:
    assert profiles.clear(temp) == []
    assert list(temp.iterdir()) == []


def link_file(folder: Path) -> None:
    (folder / "credentials").rename(folder / "elsewhere")
    (folder / "credentials").symlink_to(folder / "elsewhere")


def link_folder(folder: Path) -> None:
    folder.rename(folder.with_name("elsewhere"))
    folder.symlink_to(folder.with_name("elsewhere"))


def make_fifo(folder: Path) -> None:
    (folder / "credentials").unlink()
    os.mkfifo(folder / "credentials")


@pytest.mark.parametrize(
    ("spoil", "location", "said"),
    [
        (link_file, HOME, "symbolic link"),
        (link_folder, HOME, "symbolic link"),
        (make_fifo, HOME, "no regular file"),
        (make_fifo, JOB, "no regular file"),
    ],
)
def test_what_leads_elsewhere_is_refused(
    user: dict[str, str], temp: Path, spoil: Callable[[Path], None], location: str, said: str
) -> None:
    spoil(Path(user["AWS_CONFIG_FILE"]).parent)
    with pytest.raises(ActionError, match=said):
        profiles.write(identity(), wanted("ci", location), user, temp, {})


@pytest.mark.parametrize("spoil", [link_file, link_folder])
def test_what_is_only_copied_may_be_a_link(
    user: dict[str, str], temp: Path, spoil: Callable[[Path], None]
) -> None:
    spoil(Path(user["AWS_CONFIG_FILE"]).parent)
    assert "default" in parsed(profiles.write(identity(), wanted(), user, temp, {}).credentials)


def test_a_link_in_the_jobs_own_folder_is_refused(user: dict[str, str], temp: Path, tmp_path: Path) -> None:
    profiles.job(temp).own.mkdir()
    profiles.job(temp).credentials.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ActionError, match="symbolic link"):
        profiles.write(identity(), wanted(), user, temp, {})


def test_the_home_is_the_home_after_a_profile_of_the_job(user: dict[str, str], temp: Path) -> None:
    own = profiles.job(temp)
    exported = dict(zip(profiles.VARIABLES, map(str, own.files), strict=True))
    found = profiles.home({**user, **exported}, temp)
    assert found.files == tuple(Path(f"~/.aws/{name}").expanduser() for name in ("config", "credentials"))


def test_a_folder_that_cannot_be_written_is_named(user: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ActionError, match="Not a directory"):
        profiles.write(identity(), wanted(), user, tmp_path / "file", {})


def test_two_steps_at_once_lose_nothing(user: dict[str, str], temp: Path) -> None:
    def write(number: int) -> None:
        profiles.write(identity(f"ASIA{number}"), wanted(f"p{number}"), user, temp, {})

    threads = [threading.Thread(target=write, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = parsed(profiles.job(temp).credentials)
    assert {name: values["aws_access_key_id"] for name, values in found.items() if name != "default"} == {
        f"p{number}": f"ASIA{number}" for number in range(20)
    }


def test_a_full_disk_leaves_the_files_as_they_were(user: dict[str, str]) -> None:
    """A limit on the size of files stands in for the disk: writing fails in the middle as it does there."""
    code = (
        "import resource, signal, sys; sys.path[:0] = sys.argv[1:4];"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (20, 20));"
        "from pathlib import Path; from assume_role import files;"
        "files.replace({Path(file): 'x' * size for file, size in zip(sys.argv[4:], (10, 100))})"
    )
    root = Path(__file__).parents[2]
    folders = [str(root / name) for name in ("shared", "assume-role", "tests")]
    done = subprocess.run(
        [sys.executable, "-c", code, *folders, *user.values()], capture_output=True, text=True, check=False
    )
    assert "can't be written: File too large" in done.stderr
    assert contents(user) == [CONFIG, CREDENTIALS]
    assert sorted(p.name for p in Path(user["AWS_CONFIG_FILE"]).parent.iterdir()) == ["config", "credentials"]
