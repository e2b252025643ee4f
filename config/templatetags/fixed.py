"""Parts of a page that are the same for many of its readers."""

from typing import Any

from django import template
from django.template.base import FilterExpression, NodeList, Parser, Token
from django.utils.translation import get_language

register = template.Library()


class FixedNode(template.Node):
    """Renders its content once for each language and each combination of what it depends on."""

    def __init__(self, nodelist: NodeList, depends: list[FilterExpression]) -> None:
        self.nodelist = nodelist
        self.depends = depends
        self.kept: dict[tuple[Any, ...], str] = {}

    def render(self, context: template.Context) -> str:
        """The content as it was rendered the first time."""
        values = (each.resolve(context, ignore_failures=True) for each in self.depends)
        key = (get_language(), *values)
        if key not in self.kept:
            self.kept[key] = self.nodelist.render(context)
        return self.kept[key]


@register.tag
def fixed(parser: Parser, token: Token) -> FixedNode:
    """``{% fixed [value…] %}…{% endfixed %}``: content that depends on nothing but the values.

    It stays in memory as long as the process runs. So the values must be few (whether somebody is
    signed in, which page it is), and nothing inside may look at who reads or when: addresses,
    translations and constants only, and no blocks.
    """
    depends = [parser.compile_filter(word) for word in token.split_contents()[1:]]
    nodelist = parser.parse(("endfixed",))
    parser.delete_first_token()
    return FixedNode(nodelist, depends)
