import pytest

from actionkit import markdown


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        ("a|b", r"a\|b"),
        ("<script>", r"\<script\>"),
        ("two\nlines", "two lines"),
        ("*[x](y)*", r"\*\[x\](y)\*"),
    ],
)
def test_escape(text: str, expected: str) -> None:
    assert markdown.escape(text) == expected


@pytest.mark.parametrize(
    ("text", "inside"),
    [
        ("plain-1.2/x", "plain-1.2/x"),
        ("a&b<c>", "a&amp;b&lt;c&gt;"),
        ("![x](https://example.com/x.png)", "!&#91;x&#93;(https://example.com/x.png)"),
        ("__init__.py *", "&#95;&#95;init&#95;&#95;.py &#42;"),
        ("a`b\\~", "a&#96;b&#92;&#126;"),
    ],
)
def test_code_shows_as_itself(text: str, inside: str) -> None:
    """GitHub reads Markdown inside of `<code>` too; a character reference is never markup."""
    assert markdown.code(text) == f"<code>{inside}</code>"


def test_a_table_keeps_its_shape_whatever_is_in_a_cell() -> None:
    table = markdown.table(("a", "b"), [(markdown.escape("x|y"), "one\ntwo"), (markdown.code("p|q <r>"), "")])
    assert table.splitlines() == [
        "| a | b |",
        "| --- | --- |",
        r"| x\|y | one<br>two |",
        "| <code>p&#124;q &lt;r&gt;</code> |  |",
    ]


def test_a_fence_is_longer_than_what_it_holds() -> None:
    assert markdown.code_block("```\nx\n```\n", "yaml") == "````yaml\n```\nx\n```\n````\n"


def test_details_have_the_blank_lines_that_markdown_inside_needs() -> None:
    assert markdown.details("<1>", "body\n") == (
        "<details><summary>&lt;1&gt;</summary>\n\nbody\n\n</details>\n"
    )
