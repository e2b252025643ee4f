"""Templates stay within what the Content-Security-Policy lets a browser do."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEMPLATES = sorted(ROOT.glob("templates/**/*.html"))


class Breaches(HTMLParser):
    """Collects what the policy would block: inline scripts, styles and handlers."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        line = self.getpos()[0]
        if tag == "script" and "src" not in attributes and attributes.get("type") != "application/json":
            self.found.append(f"line {line}: inline script")
        if tag == "style" and "nonce" not in attributes:
            self.found.append(f"line {line}: style element without nonce")
        for name, value in attributes.items():
            if name == "style" or name.startswith(("on", "hx-on", "data-hx-on")):
                self.found.append(f"line {line}: {name} attribute")
            if re.match(r"\s*(javascript|js):", value or ""):
                self.found.append(f"line {line}: script in {name}")


def breaches(text: str) -> list[str]:
    parser = Breaches()
    parser.feed(text)
    return parser.found


def test_there_are_templates() -> None:
    assert TEMPLATES


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_inline(template: Path) -> None:
    assert breaches(template.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_is_marked_safe(template: Path) -> None:
    text = template.read_text(encoding="utf-8")
    assert re.findall(r"\|\s*safe\b|\bsafeseq\b|autoescape\s+off", text) == []


@pytest.mark.parametrize(
    "text",
    [
        "<script>start()</script>",
        "<style>p {}</style>",
        '<p style="color: red">',
        '<p onclick="start()">',
        '<p hx-on:click="start()">',
        "<p hx-vals='js:{a: 1}'>",
        '<a href="javascript:start()">',
    ],
)
def test_a_breach_is_noticed(text: str) -> None:
    assert len(breaches(text)) == 1
