"""The guide pages that the project ships, in Markdown, one file a page and language."""

from functools import cache
from pathlib import Path

from markdown import Markdown

FOLDER = Path(__file__).parent.parent / "guide"
PAGES = ("writing", "blameless")
EXTENSIONS = ("admonition", "attr_list", "def_list", "tables", "toc")


@cache
def guide_page(page: str, language: str) -> tuple[str, str]:
    """The title and the HTML of a page. The text is the project's own, so it needs no sanitiser.

    Raises FileNotFoundError for a page that there is not.
    """
    source = (FOLDER / language / f"{page}.md").read_text(encoding="utf-8")
    title, text = source.removeprefix("# ").split("\n", 1)
    renderer = Markdown(extensions=list(EXTENSIONS), output_format="html")
    return title, renderer.convert(text)
