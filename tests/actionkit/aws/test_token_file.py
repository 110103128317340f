import os
from collections.abc import Callable
from pathlib import Path

import pytest

from actionkit.aws import token_file
from actionkit.errors import ActionError
from fake_sts import jwt


def test_the_token_is_what_the_file_holds_now(tmp_path: Path) -> None:
    file = tmp_path / "token"
    for token in (jwt(jti="1"), jwt(jti="2")):
        file.write_text(f"{token}\n")
        assert token_file.read(file) == token


def linked(folder: Path) -> Path:
    (folder / "real").write_text(jwt())
    (folder / "link").symlink_to(folder / "real")
    return folder / "link"


def below_a_link(folder: Path) -> Path:
    (folder / "real").mkdir()
    (folder / "real" / "token").write_text(jwt())
    (folder / "link").symlink_to(folder / "real")
    return folder / "link" / "token"


def a_fifo(folder: Path) -> Path:
    os.mkfifo(folder / "fifo")
    return folder / "fifo"


def written(content: bytes) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        (folder / "token").write_bytes(content)
        return folder / "token"

    return make


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (linked, "symbolic link"),
        (below_a_link, "symbolic link"),
        (a_fifo, "no regular file"),
        (lambda folder: folder, "Is a directory"),
        (lambda folder: folder / "gone", "No such file"),
        (written(b"\xff\xfe\x00"), "is no text"),
        (written(b"canary"), "holds no JWT"),
        (written(b""), "holds no JWT"),
        (written(b"a.b." + b"x" * 20000), "holds no JWT"),
    ],
)
def test_what_is_no_token_is_refused_without_being_shown(
    make: Callable[[Path], Path], said: str, tmp_path: Path
) -> None:
    file = make(tmp_path)
    with pytest.raises(ActionError, match=said) as caught:
        token_file.read(file)
    assert str(file) in caught.value.message
    assert "canary" not in caught.value.text
