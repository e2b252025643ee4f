"""The guide: how a post-mortem is written here, and what blameless means."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from postmortems.domain.document import Language
from postmortems.rendering import own_html
from postmortems.selectors.guide import PAGES, guide_page
from postmortems.views.requests import SignedInRequest


@require_safe
def guide(request: SignedInRequest, page: str = PAGES[0]) -> HttpResponse:
    """One page of the guide, in the reader's language."""
    if page not in PAGES:
        raise Http404
    language = Language.FRENCH if get_language() == Language.FRENCH else Language.ENGLISH
    pages = [(name, guide_page(name, language)[0]) for name in PAGES]
    title, html = guide_page(page, language)
    text: SafeString = own_html(html)
    context = {"page": page, "pages": pages, "title": title, "text": text}
    return render(request, "postmortems/guide.html", context)
