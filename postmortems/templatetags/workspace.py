"""What the workspace's templates need beyond Django's own tags."""

from django import template
from django.utils.safestring import SafeString

from postmortems.rendering import render_line, render_text

register = template.Library()


@register.filter
def rendered(body: str) -> SafeString:
    """A multi-line text as readers see it."""
    return render_text(body)


@register.filter
def rendered_line(body: str) -> SafeString:
    """A one-line text as readers see it."""
    return render_line(body)
