"""Reading a post-mortem: the page, the exported file, its preview, its pictures."""

from datetime import date
from mimetypes import guess_type
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.core.cache import cache
from django.core.files.storage import default_storage
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.http import content_disposition_header
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from postmortems.domain.document import AnnexKind, Document, State
from postmortems.domain.markdown.render import FINAL_STATES, file_name, image_path
from postmortems.domain.markdown.render import render as render_markdown
from postmortems.domain.status import Ability
from postmortems.models import Annex, Postmortem
from postmortems.permissions import Access, access_postmortem
from postmortems.presentation import present
from postmortems.rendering import render_file
from postmortems.selectors.document import load_document
from postmortems.services.attachments import attachment_path
from postmortems.views.requests import SignedInRequest

KEPT_SECONDS = 600
"""A revision's page never changes, except that a person or service may be renamed meanwhile."""

PICTURES = frozenset({"image/png", "image/jpeg"})


class Rendered(NamedTuple):
    """A document's page without anything that depends on its reader."""

    outline: SafeString
    article: SafeString


@require_safe
def read(request: SignedInRequest, identifier: str) -> HttpResponse:
    """The whole document."""
    access = access_postmortem(request.user, identifier)
    rendered = rendered_document(access.postmortem)
    context = {
        "postmortem": access.postmortem,
        "may_edit": access.may(Ability.EDIT),
        "primary": _primary(access),
        "outline": rendered.outline,
        "article": rendered.article,
    }
    return render(request, "postmortems/read.html", context)


def _primary(access: Access) -> str:
    """What the state of the document is about: writing it, reviewing it, taking the file."""
    state = State(access.postmortem.state)
    if state in FINAL_STATES:
        return "download"
    if state is State.DRAFTING:
        return "edit"
    return "review"


def rendered_document(postmortem: Postmortem) -> Rendered:
    """The page of a post-mortem's present revision, from the cache when it has been read today."""
    today = timezone.now().astimezone(ZoneInfo(postmortem.incident.zone)).date()
    kept: Rendered | None = cache.get(_key(postmortem.pk, postmortem.revision, today))
    if kept is not None:
        return kept
    document = load_document(postmortem.pk)
    with translation.override(document.language):
        context = {"page": present(document, today)}
        rendered = Rendered(
            render_to_string("postmortems/_document.html#outline", context),
            render_to_string("postmortems/_document.html#document", context),
        )
    cache.set(_key(postmortem.pk, document.revision, today), rendered, KEPT_SECONDS)
    return rendered


def _key(identifier: str, revision: int, today: date) -> str:
    return f"document:{identifier}:{revision}:{today}"


@require_safe
def markdown(request: SignedInRequest, identifier: str) -> HttpResponse:
    """The exported file, as a download.

    ``?front_matter=1`` adds the YAML head, ``?inline=1`` shows the file instead of saving it.
    """
    access = access_postmortem(request.user, identifier)
    access.require(Ability.EXPORT)
    text = render_markdown(load_document(identifier), front_matter="front_matter" in request.GET)
    disposition = content_disposition_header("inline" not in request.GET, f"{access.postmortem.slug}.md")
    headers = {"Content-Disposition": disposition or "attachment"}
    return HttpResponse(text, content_type="text/markdown; charset=utf-8", headers=headers)


@require_safe
def preview(request: SignedInRequest, identifier: str) -> HttpResponse:
    """The exported file before it is taken: as GitHub shows it, or its source with ``?as=source``."""
    access = access_postmortem(request.user, identifier)
    access.require(Ability.EXPORT)
    document = load_document(identifier)
    source = render_markdown(document)
    as_source = request.GET.get("as") == "source"
    context = {
        "postmortem": access.postmortem,
        "document": document,
        "source": source if as_source else "",
        "html": "" if as_source else render_file(source, _picture_addresses(document)),
    }
    return render(request, "postmortems/preview.html", context)


def _picture_addresses(document: Document) -> dict[str, str]:
    stem = file_name(document)
    return {
        image_path(stem, annex.file): reverse(
            "postmortems:attachment", args=[document.identifier, annex.file]
        )
        for annex in document.annexes
        if annex.kind is AnnexKind.IMAGE
    }


@require_safe
def attachment(request: SignedInRequest, identifier: str, name: str) -> HttpResponse:
    """A file that an annex of the post-mortem carries; pictures are shown, anything else is saved."""
    access = access_postmortem(request.user, identifier)
    annexes = Annex.objects.live().filter(postmortem=access.postmortem, file=name)
    # No name holds a NUL, and PostgreSQL does not even look for one.
    if "\0" in name or not annexes.exists():
        raise Http404
    try:
        with default_storage.open(attachment_path(access.postmortem, name)) as file:
            content = file.read()
    except FileNotFoundError:
        raise Http404 from None
    guessed = guess_type(name)[0]
    content_type = guessed if guessed in PICTURES else "application/octet-stream"
    disposition = content_disposition_header(content_type not in PICTURES, name)
    headers = {
        "Content-Disposition": disposition or "inline",
        "Cache-Control": "private, max-age=3600",
    }
    return HttpResponse(content, content_type=content_type, headers=headers)
