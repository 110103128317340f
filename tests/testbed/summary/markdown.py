"""A step's summary as GitHub shows it: its Markdown to HTML, and of the HTML what GitHub lets through.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#adding-a-job-summary
https://github.github.com/gfm/ and, for alerts and footnotes,
https://docs.github.com/en/get-started/writing-on-github/getting-started-with-writing-and-formatting-on-github/basic-writing-and-formatting-syntax
"""

from functools import cache

import nh3
from markdown_it import MarkdownIt
from mdit_py_plugins.gfm import gfm_plugin

# GitHub's own list, from the time when it was public, with `section` and `input` for what the renderer makes:
# https://github.com/gjtorikian/html-pipeline/blob/main/lib/html_pipeline/sanitization_filter.rb
TAGS = """
    h1 h2 h3 h4 h5 h6 br b i strong em a pre code img tt div ins del sup sub p ol ul table thead tbody tfoot
    blockquote dl dt dd kbd q samp var hr ruby rt rp li tr td th s strike summary details caption figure
    figcaption abbr bdo cite dfn mark small span time wbr picture source section input
"""
EVERYWHERE = """
    align alt aria-describedby aria-hidden aria-label aria-labelledby border cellpadding cellspacing colspan
    color datetime dir headers height hspace id label lang name nowrap open role rowspan scope size span
    start title valign value width
"""
ATTRIBUTES = {
    "*": set(EVERYWHERE.split()),
    "a": {"href"},
    "img": {"src"},
    "source": {"media", "srcset"},
    "blockquote": {"cite"},
    "q": {"cite"},
    "td": {"style"},
    "th": {"style"},
    "input": {"checked"},
}
# The renderer's own, of which the page's style sheet knows.
ALERTS = ("note", "tip", "important", "warning", "caution")
CLASSES = {
    "div": {"markdown-alert", *(f"markdown-alert-{kind}" for kind in ALERTS)},
    "p": {"markdown-alert-title"},
    "ul": {"contains-task-list"},
    "ol": {"contains-task-list", "footnotes-list"},
    "li": {"task-list-item", "footnote-item"},
    "sup": {"footnote-ref"},
    "section": {"footnotes"},
}


def render(text: str, prefix: str) -> str:
    """The HTML of one step's summary. Its ids, and links to them, begin with `prefix`: a page has many."""

    def within(tag: str, name: str, value: str) -> str:
        local = tag == "a" and name == "href" and value.startswith("#")
        return f"#{prefix}{value[1:]}" if local else value

    return nh3.clean(
        _parser().render(text),
        tags=set(TAGS.split()),
        clean_content_tags={"script", "style"},
        attributes=ATTRIBUTES,
        attribute_filter=within,
        set_tag_attribute_values={"input": {"type": "checkbox", "disabled": ""}},
        filter_style_properties={"text-align"},  # how the renderer aligns a table's cells
        url_schemes={"http", "https", "mailto"},
        link_rel="nofollow noopener",
        allowed_classes=CLASSES,
        id_prefix=prefix,
    )


@cache
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": True}).use(gfm_plugin)
