"""Which form each field of a document has in the file."""

from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, datetime
from typing import Any, cast

from postmortems.domain.document import (
    UNKNOWN_TEXTS,
    Action,
    Annex,
    AnnexKind,
    Diagram,
    Document,
    Event,
    Factor,
    Horizon,
    Impact,
    Lesson,
    Metadata,
    Metric,
    Milestone,
    Recommendation,
    RootCause,
    Summary,
    Timeline,
    Why,
    WhyChain,
)
from postmortems.domain.markdown.text import (
    canonical_code,
    canonical_file,
    canonical_line,
    canonical_name,
    canonical_syntax,
    canonical_text,
    canonical_url,
)

Canonical = Callable[[str], str]

FORMS: dict[type, dict[str, Canonical]] = {
    Document: {"title": canonical_name, "organisation": canonical_name},
    Summary: {"impact": canonical_line, "root_cause": canonical_line, "tldr": canonical_text},
    Event: {"text": canonical_line, "source": canonical_line},
    Impact: {"users": canonical_text, "reputation": canonical_text},
    Metric: {"label": canonical_line, "value": canonical_line, "source": canonical_line},
    Why: {"question": canonical_name, "answer": canonical_name, "evidence": canonical_name},
    WhyChain: {"stop_reason": canonical_name},
    Diagram: {"body": canonical_code, "caption": canonical_name, "syntax": canonical_syntax},
    Factor: {"factor": canonical_line, "impact": canonical_line, "category": canonical_name},
    RootCause: {"immediate": canonical_text},
    Action: {
        "title": canonical_name,
        "owner": canonical_name,
        "description": canonical_line,
        "verification": canonical_line,
        "tracker": canonical_line,
    },
    Lesson: {"title": canonical_name, "text": canonical_line},
    Recommendation: {"domain": canonical_name, "text": canonical_line},
    Annex: {
        "title": canonical_name,
        "label": canonical_name,
        "url": canonical_url,
        "body": canonical_text,
        "file": canonical_file,
    },
    Metadata: {"author": canonical_name, "next_review_note": canonical_name},
}
_ANNEX_FIELDS: dict[AnnexKind, frozenset[str]] = {
    AnnexKind.LOG: frozenset({"title", "body"}),
    AnnexKind.LINK: frozenset({"title", "label", "url"}),
    AnnexKind.IMAGE: frozenset({"title", "label", "file"}),
    AnnexKind.NOTE: frozenset({"title", "body"}),
    AnnexKind.RELATED: frozenset({"title", "url"}),
    AnnexKind.TESTIMONY: frozenset({"title", "label", "body"}),
    AnnexKind.RUNBOOK: frozenset({"title", "url", "file", "outcome", "body"}),
}


def canonical(document: Document) -> Document:
    """The document as it comes back from its file.

    Every text gets its canonical form, instants are in UTC to the second and no milestone is taken
    twice, actions stand by horizon, and what says nothing (an empty reviewer, a chain without a why)
    is left out.
    """
    cleaned = cast("Document", _cleaned(document))
    timeline = cleaned.timeline
    cause = cleaned.root_cause
    metadata = cleaned.metadata
    horizons = list(Horizon)
    return replace(
        cleaned,
        timeline=Timeline(_events(timeline.events), _unknown(timeline)),
        root_cause=replace(
            cause,
            chains=tuple(chain for chain in cause.chains if chain.whys or chain.stop_reason),
        ),
        actions=tuple(sorted(cleaned.actions, key=lambda action: horizons.index(action.horizon))),
        annexes=tuple(_annex(annex) for annex in document.annexes),
        metadata=replace(metadata, reviewers=tuple(filter(None, map(canonical_name, metadata.reviewers)))),
    )


def _cleaned(value: Any) -> Any:
    """``value`` with each text of each dataclass inside it in its form."""
    if isinstance(value, tuple):
        return tuple(map(_cleaned, value))
    if not is_dataclass(value) or isinstance(value, type):
        return value
    forms = FORMS.get(type(value), {})
    changes = {}
    for field in fields(value):
        before = getattr(value, field.name)
        after = forms[field.name](before) if field.name in forms else _cleaned(before)
        if after is not before and after != before:
            changes[field.name] = after
    return replace(value, **changes) if changes else value


def _events(events: tuple[Event, ...]) -> tuple[Event, ...]:
    taken: set[Milestone] = set()
    kept = []
    for event in events:
        milestone = None if event.milestone in taken else event.milestone
        if milestone:
            taken.add(milestone)
        at: datetime = event.at.astimezone(UTC).replace(microsecond=0)
        kept.append(replace(event, at=at, milestone=milestone))
    return tuple(kept)


def _unknown(timeline: Timeline) -> tuple[tuple[Milestone, str], ...]:
    reasons = {milestone: canonical_line(reason) for milestone, reason in timeline.unknown}
    return tuple((milestone, reasons[milestone]) for milestone in UNKNOWN_TEXTS if reasons.get(milestone))


def _annex(annex: Annex) -> Annex:
    """The fields that count for the annex's kind; a link without a label shows its address."""
    forms = dict(FORMS[Annex])
    if annex.kind is AnnexKind.LOG:
        forms["body"] = canonical_code
    counting = _ANNEX_FIELDS[annex.kind]
    changes: dict[str, Any] = {
        name: form(getattr(annex, name)) if name in counting else "" for name, form in forms.items()
    }
    if annex.kind is AnnexKind.LINK and not changes["label"]:
        changes["label"] = changes["url"]
    return replace(annex, **changes, outcome=annex.outcome if "outcome" in counting else None)
