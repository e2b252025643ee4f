"""Users' Markdown to HTML. The only module that may mark text as safe.

The text goes through the same ``canonical_text`` as the export and then through GitHub's own parser,
so that a page shows what GitHub shows for the exported file; the sanitiser comes last, whatever the
steps before let through.
"""

import html as entities
import re
from collections.abc import Mapping
from functools import cache

import nh3
from cmarkgfm import github_flavored_markdown_to_html
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from postmortems.domain.markdown.text import canonical_line, canonical_text, cell

_TAGS = frozenset(
    [
        "a",
        "blockquote",
        "br",
        "code",
        "del",
        "em",
        "h4",
        "h5",
        "h6",
        "hr",
        "input",
        "li",
        "ol",
        "p",
        "pre",
        "strong",
        "table",
        "tbody",
        "td",
        "th",
        "thead",
        "tr",
        "ul",
    ]
)
_ATTRIBUTES = {
    "a": {"href", "title"},
    "input": {"type", "checked", "disabled", "aria-label"},
    "ol": {"start"},
    "pre": {"lang", "tabindex"},
    "table": {"tabindex"},
    "td": {"align"},
    "th": {"align"},
}
_FILE_TAGS = _TAGS | {"h1", "h2", "h3", "img"}
_FILE_ATTRIBUTES = {**_ATTRIBUTES, "img": {"src", "alt"}}
_MARKUP = re.compile(r"[\\`*_~\[\]<>&|@]|://|www\.")
"""What a line needs to be more than its own words, bare addresses included."""
_SCHEMES = {"http", "https", "mailto"}
_IMAGE = re.compile(r'<img src="([^"]*)" alt="([^"]*)"[^>]*/>')
_CELL = re.compile(r"<td>(.*?)</td>", re.DOTALL)


def render_text(markdown: str) -> SafeString:
    """The HTML of a multi-line text.

    An image becomes a link to it: pages load nothing from elsewhere.
    """
    return _sanitised(github_flavored_markdown_to_html(canonical_text(markdown)))


def render_line(markdown: str) -> SafeString:
    """The HTML of a one-line text: emphasis, code and links, but no blocks, as in a table cell."""
    line = canonical_line(markdown)
    if not _MARKUP.search(line):
        # Most lines are only words, and parser and sanitiser would hand them back as they are.
        return mark_safe(line.replace("\xa0", "&nbsp;"))
    html = github_flavored_markdown_to_html(f"| |\n|-|\n| {cell(line)} |")
    found = _CELL.search(html)
    return _sanitised(found[1] if found else "")


def render_plain(markdown: str) -> str:
    """The words of a one-line text without any markup: for labels and tooltips. Not safe as HTML."""
    html: str = render_line(markdown)
    if "<" in html:
        html = nh3.clean(html, tags=set())
    return entities.unescape(html)


def render_link(label: str, address: str) -> SafeString:
    """A link with a plain label; the label alone when the address is of a kind that may do harm."""
    return _sanitised(format_html('<a href="{}">{}</a>', address, label or address))


def render_file(markdown: str, pictures: Mapping[str, str] | None = None) -> SafeString:
    """The HTML of a whole exported file, as GitHub shows it.

    ``pictures`` maps addresses of images in the file to addresses here; any other image becomes a link.
    """
    known = pictures or {}

    def shown(image: re.Match[str]) -> str:
        address = known.get(entities.unescape(image[1]))
        return format_html('<img src="{}" alt="{}">', address, mark_safe(image[2])) if address else image[0]

    html = _IMAGE.sub(shown, github_flavored_markdown_to_html(markdown))
    return _sanitised(html, pictures=True)


def _sanitised(html: str, *, pictures: bool = False) -> SafeString:
    linked = _IMAGE.sub(r'<a href="\1">\2</a>', html)
    return mark_safe(_cleaner(pictures, gettext("Task")).clean(linked))


@cache
def _cleaner(pictures: bool, task: str) -> nh3.Cleaner:
    return nh3.Cleaner(
        tags=set(_FILE_TAGS if pictures else _TAGS),
        attributes=_FILE_ATTRIBUTES if pictures else _ATTRIBUTES,
        url_schemes=_SCHEMES,
        link_rel="noopener noreferrer",
        attribute_filter=_known_attribute,
        # A scrolling block must be reachable by keyboard, and a box must say what it is.
        set_tag_attribute_values={
            "pre": {"tabindex": "0"},
            "table": {"tabindex": "0"},
            "input": {"aria-label": task},
        },
    )


def _known_attribute(tag: str, name: str, value: str) -> str | None:
    if (tag, name) == ("input", "type"):
        return "checkbox" if value == "checkbox" else None
    return value


def own_html(html: str) -> SafeString:
    """HTML that the project itself wrote, such as a page of the guide; a user's words in it are escaped."""
    return mark_safe(html)
