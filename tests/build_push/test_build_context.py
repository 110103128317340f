import pytest

from build_push import build_context

DEFAULT = "https://github.com/org/app.git#0a1b2c"


@pytest.mark.parametrize(
    ("text", "context"),
    [
        ("", DEFAULT),
        (".", "."),
        ("{{defaultContext}}", DEFAULT),
        ("{{ defaultContext }}:services/api", f"{DEFAULT}:services/api"),
        ("https://github.com/org/other.git", "https://github.com/org/other.git"),
    ],
)
def test_context_as_docker_build_push_action_has_it(text: str, context: str) -> None:
    assert build_context.resolve(
        text, build_context.default_context("https://github.com", "org/app", "0a1b2c")
    ) == (context)


@pytest.mark.parametrize(
    ("context", "remote"),
    [
        (DEFAULT, True),
        ("git@github.com:org/app.git", True),
        ("ssh://git@example.com/app.git", True),
        ("github.com/org/app", True),
        ("https://example.com/context.tar.gz", True),
        (".", False),
        ("services/api", False),
        ("/tmp/context", False),
    ],
)
def test_remote_context_is_told_from_a_folder(context: str, remote: bool) -> None:
    assert build_context.is_remote(context) is remote


@pytest.mark.parametrize(
    ("context", "host"),
    [
        (DEFAULT, "github.com"),
        ("https://github.com.evil.example/org/app.git", ""),
        ("https://example.com/org/app.git", ""),
        ("http://github.com/org/app.git", ""),
        (".", ""),
    ],
)
def test_token_goes_to_github_alone(context: str, host: str) -> None:
    assert build_context.token_host(context, "https://github.com") == host
