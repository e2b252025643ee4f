"""What templates need to show a document: users' Markdown, and the strip chart."""

from django import template
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext

from postmortems.domain.document import Document
from postmortems.domain.strip_chart import Strip
from postmortems.rendering import render_line, render_link, render_text
from postmortems.strip_svg import draw_charts

register = template.Library()


@register.filter
def markdown(text: str) -> SafeString:
    """The HTML of a multi-line text."""
    return render_text(text)


@register.filter
def inline(text: str) -> SafeString:
    """The HTML of a one-line text."""
    return render_line(text)


@register.simple_tag
def link(label: str, address: str) -> SafeString:
    """A link with a plain label to an address that somebody typed."""
    return render_link(label, address)


@register.inclusion_tag("postmortems/_strip.html")
def strip_chart(document: Document) -> dict[str, object]:
    """The strip chart of a document's timeline; nothing when it has no events.

    Pins and dots link to the rows of the page that carry the events' anchors.
    """
    charts = tuple(draw_charts(document))
    strip = charts[0].strip if charts else None
    return {
        "charts": charts,
        "bands": {band.tone.value for band in strip.bands} if strip else set(),
        "zone": document.zone,
        "left_out": _left_out(strip) if strip else "",
    }


def _left_out(strip: Strip) -> str:
    """What the picture does not show, in a sentence."""
    parts = []
    if strip.earlier:
        parts.append(
            ngettext("%(count)d earlier event", "%(count)d earlier events", strip.earlier)
            % {"count": strip.earlier}
        )
    if strip.later:
        parts.append(
            ngettext("%(count)d later event", "%(count)d later events", strip.later) % {"count": strip.later}
        )
    if not parts:
        return ""
    return gettext("Off the scale: %(events)s.") % {"events": ", ".join(parts)}
