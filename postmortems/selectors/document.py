"""Builds the domain's view of a post-mortem out of the tables, in one query."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, date, datetime
from functools import cache
from typing import Any, cast
from zoneinfo import ZoneInfo

from django.db.models import Count, Max, OuterRef, QuerySet, Subquery

from postmortems.domain import document as domain
from postmortems.domain.markdown.canonical import canonical
from postmortems.models import (
    Annex,
    Approval,
    Challenge,
    Change,
    ContributingFactor,
    Decision,
    Diagram,
    ImpactMetric,
    Lesson,
    OutsideReviewer,
    Postmortem,
    Recommendation,
    ReviewForm,
    RoleAssignment,
    Row,
    Service,
    Text,
    TimelineEvent,
    Why,
    WhyChain,
)
from postmortems.models.json_rows import JsonRows

Json = dict[str, Any]


def load_document(identifier: str) -> domain.Document:
    """The whole post-mortem as a domain value, in one query whatever its size.

    Raises Postmortem.DoesNotExist. Access is not checked here.
    """
    return build_document(documents().get(pk=identifier))


@cache
def documents() -> QuerySet[Postmortem]:
    """All post-mortems, each with everything that ``build_document`` needs.

    Kept, because putting the query together takes longer than running it.
    """
    pk = OuterRef("pk")
    # The application of the actions imports this one, so its table is reached through the relation.
    actions = cast("type[Row]", Postmortem._meta.get_field("actions").related_model)

    def rows(model: type[Row], *fields: str, **computed: Any) -> JsonRows:
        live = model.objects.live().filter(postmortem=pk)
        return JsonRows(live, id="id", position="position", **{name: name for name in fields}, **computed)

    def of(model: type[Any]) -> QuerySet[Any]:
        found: QuerySet[Any] = model._default_manager.filter(postmortem=pk).order_by()
        return found

    relaunched = (
        actions.objects.filter(pk=OuterRef("pk"))
        .order_by()
        .values("pk")
        .annotate(at=Max("relaunches__at"))
        .values("at")
    )
    return Postmortem.objects.select_related("incident").annotate(
        _texts=JsonRows(of(Text), key="key", body="body"),
        _events=rows(TimelineEvent, "at", "text", "milestone", "source"),
        _metrics=rows(ImpactMetric, "label", "value", "source"),
        _chains=rows(WhyChain, "stop_reason", "factor_id"),
        _whys=rows(Why, "chain_id", "question", "answer", "evidence"),
        _diagrams=rows(Diagram, "body", "caption", "syntax"),
        _factors=rows(ContributingFactor, "factor", "impact", "category"),
        _lessons=rows(Lesson, "list", "title", "text"),
        _recommendations=rows(Recommendation, "domain", "text"),
        _annexes=rows(Annex, "type", "title", "label", "url", "body", "file", "outcome"),
        _actions=rows(
            actions,
            "title",
            "horizon",
            "status",
            "owner_name",
            "deadline",
            "description",
            "action_kind",
            "verification",
            "tracker",
            "chain_id",
            "backlog_accepted_at",
            owner="owner__display_name",
            relaunched_at=Subquery(relaunched),
        ),
        _roles=JsonRows(
            of(RoleAssignment),
            id="id",
            role="role",
            account="user_id",
            name="name",
            user="user__display_name",
        ),
        _outside=JsonRows(of(OutsideReviewer), id="id", name="name"),
        _services=JsonRows(Service.objects.filter(incidents__postmortem=pk), name="name"),
        _approvals=JsonRows(
            Approval.objects.of_this_review().filter(postmortem=pk),
            id="id",
            section="section",
            role="role",
            account="user_id",
            revision="revision",
        ),
        _approvers=JsonRows(of(Approval), id="id", name="user__display_name"),
        _section_revisions=JsonRows(
            of(Change).exclude(section="").values("section").annotate(last=Max("revision")),
            section="section",
            last="last",
        ),
        _challenges=JsonRows(
            of(Challenge), id="id", section="section", account="user_id", settled_at="settled_at"
        ),
        _forms=JsonRows(
            of(ReviewForm), id="id", account="user_id", blameless="blameless", settled_at="settled_at"
        ),
        _decisions=JsonRows(of(Decision), about="about", reason="reason"),
        _contributors=Subquery(
            of(Change)
            .exclude(section="")
            .values("postmortem")
            .annotate(count=Count("user", distinct=True))
            .values("count")
        ),
    )


def build_document(postmortem: Postmortem) -> domain.Document:
    """The domain value of a post-mortem that was read through ``documents``."""
    loaded: Any = postmortem
    incident = postmortem.incident
    language = domain.Language(postmortem.language)
    zone = ZoneInfo(incident.zone)

    texts: dict[str, str] = {row["key"]: row["body"] for row in loaded._texts}

    def text_of(key: domain.TextKey) -> str:
        return texts.get(key, "")

    events = tuple(
        domain.Event(
            at=_instant(row["at"]),
            text=row["text"],
            milestone=domain.Milestone(row["milestone"]) if row["milestone"] else None,
            source=row["source"],
            ref=f"event-{row['id']}",
        )
        for row in sorted(loaded._events, key=lambda row: (_instant(row["at"]), row["position"], row["id"]))
    )
    timeline = domain.Timeline(
        events=events,
        unknown=tuple(
            (milestone, text_of(key)) for milestone, key in domain.UNKNOWN_TEXTS.items() if text_of(key)
        ),
    )
    decisions = {row["about"]: row["reason"] for row in loaded._decisions}
    document = domain.Document(
        title=incident.title,
        date=incident_date(postmortem),
        language=language,
        severity=domain.Severity(incident.severity),
        zone=incident.zone,
        organisation=postmortem.organisation,
        state=domain.State(postmortem.state),
        summary=domain.Summary(
            impact=text_of(domain.TextKey.SUMMARY_IMPACT),
            root_cause=text_of(domain.TextKey.SUMMARY_CAUSE),
            tldr=text_of(domain.TextKey.TLDR),
        ),
        timeline=timeline,
        impact=domain.Impact(
            metrics=tuple(
                domain.Metric(
                    label=row["label"],
                    value=row["value"],
                    source=row["source"],
                    ref=f"metric-{row['id']}",
                )
                for row in _ordered(loaded._metrics)
            ),
            users=text_of(domain.TextKey.IMPACT_USERS),
            reputation=text_of(domain.TextKey.IMPACT_REPUTATION),
        ),
        root_cause=domain.RootCause(
            immediate=text_of(domain.TextKey.IMMEDIATE_CAUSE),
            chains=_chains(loaded),
            diagrams=tuple(
                domain.Diagram(
                    body=row["body"],
                    caption=row["caption"],
                    syntax=row["syntax"],
                    ref=f"diagram-{row['id']}",
                )
                for row in _ordered(loaded._diagrams)
            ),
            factors=tuple(
                domain.Factor(
                    factor=row["factor"],
                    impact=row["impact"],
                    category=row["category"],
                    ref=f"factor-{row['id']}",
                )
                for row in _ordered(loaded._factors)
            ),
        ),
        actions=_actions(loaded),
        lessons=_lessons(loaded),
        annexes=tuple(_annex(row) for row in _ordered(loaded._annexes)),
        metadata=_metadata(loaded, zone),
        services=tuple(sorted(row["name"] for row in loaded._services)),
        public=incident.public,
        identifier=postmortem.pk,
        revision=postmortem.revision,
        review=domain.Review(
            holders=tuple(
                domain.Holder(domain.Role(row["role"]), row["user"] or row["name"], row["account"])
                for row in sorted(loaded._roles, key=lambda row: row["id"])
            ),
            approvals=_approvals(loaded),
            challenges=tuple(
                domain.Challenge(
                    section=domain.Section(row["section"]),
                    settled=row["settled_at"] is not None,
                    account=row["account"],
                    ref=f"challenge-{row['id']}",
                )
                for row in sorted(loaded._challenges, key=lambda row: row["id"])
            ),
            forms=tuple(
                domain.ReviewForm(
                    account=row["account"],
                    blameless=bool(row["blameless"]),
                    settled=row["settled_at"] is not None,
                    ref=f"review-{row['id']}",
                )
                for row in sorted(loaded._forms, key=lambda row: row["id"])
            ),
            contributors=loaded._contributors or 0,
            no_action_reason=decisions.get(Decision.NO_ACTION, ""),
            no_sme_reason=decisions.get(Decision.NO_SME, ""),
            late_reason=decisions.get(Decision.LATE, ""),
            validated_at=postmortem.validated_at,
        ),
    )
    return canonical(document)


def incident_date(postmortem: Postmortem) -> date:
    """The day that names the document: the start of impact, or the earliest thing known instead.

    In the post-mortem's time zone.
    """
    incident = postmortem.incident
    instant = incident.started_at or incident.detected_at or incident.restored_at or incident.declared_at
    return instant.astimezone(ZoneInfo(incident.zone)).date()


def _ordered(rows: Iterable[Json]) -> list[Json]:
    return sorted(rows, key=lambda row: (row["position"], row["id"]))


def _instant(value: str) -> datetime:
    """SQLite hands out naive UTC text, PostgreSQL text with an offset."""
    instant = datetime.fromisoformat(value)
    return instant.astimezone(UTC) if instant.tzinfo else instant.replace(tzinfo=UTC)


def _chains(loaded: Any) -> tuple[domain.WhyChain, ...]:
    whys: dict[int, list[Json]] = defaultdict(list)
    for row in _ordered(loaded._whys):
        whys[row["chain_id"]].append(row)
    factors = {row["id"] for row in loaded._factors}
    linked = {row["chain_id"] for row in loaded._actions if row["status"] != domain.ActionStatus.DROPPED}
    return tuple(
        domain.WhyChain(
            whys=tuple(
                domain.Why(
                    question=row["question"],
                    answer=row["answer"],
                    evidence=row["evidence"],
                    ref=f"why-{row['id']}",
                )
                for row in whys[chain["id"]]
            ),
            stop_reason=chain["stop_reason"],
            linked=chain["factor_id"] in factors or chain["id"] in linked,
            ref=f"chain-{chain['id']}",
        )
        for chain in _ordered(loaded._chains)
    )


def _actions(loaded: Any) -> tuple[domain.Action, ...]:
    horizons = {horizon: index for index, horizon in enumerate(domain.Horizon)}
    return tuple(
        domain.Action(
            title=row["title"],
            horizon=domain.Horizon(row["horizon"]),
            status=domain.ActionStatus(row["status"]),
            owner=row["owner"] or row["owner_name"],
            deadline=date.fromisoformat(row["deadline"]) if row["deadline"] else None,
            description=row["description"],
            kind=domain.ActionKind(row["action_kind"]) if row["action_kind"] else None,
            verification=row["verification"],
            tracker=row["tracker"],
            backlog_accepted=row["backlog_accepted_at"] is not None,
            relaunched_at=_instant(row["relaunched_at"]) if row["relaunched_at"] else None,
            ref=f"action-{row['id']}",
        )
        for row in sorted(
            loaded._actions,
            key=lambda row: (horizons[domain.Horizon(row["horizon"])], row["position"], row["id"]),
        )
    )


def _lessons(loaded: Any) -> domain.Lessons:
    lists: dict[str, list[domain.Lesson]] = defaultdict(list)
    for row in _ordered(loaded._lessons):
        lists[row["list"]].append(domain.Lesson(row["title"], row["text"], ref=f"lesson-{row['id']}"))
    return domain.Lessons(
        went_well=tuple(lists[domain.LessonKind.WENT_WELL]),
        not_well=tuple(lists[domain.LessonKind.NOT_WELL]),
        lucky=tuple(lists[domain.LessonKind.LUCKY]),
        recommendations=tuple(
            domain.Recommendation(row["domain"], row["text"], ref=f"recommendation-{row['id']}")
            for row in _ordered(loaded._recommendations)
        ),
    )


def _annex(row: Json) -> domain.Annex:
    return domain.Annex(
        kind=domain.AnnexKind(row["type"]),
        title=row["title"],
        label=row["label"],
        url=row["url"],
        body=row["body"],
        file=row["file"],
        outcome=domain.RunbookOutcome(row["outcome"]) if row["outcome"] else None,
        ref=f"annex-{row['id']}",
    )


def _approvals(loaded: Any) -> tuple[domain.Approval, ...]:
    """An approval lapses when its section changes in a later revision."""
    changed = {row["section"]: row["last"] for row in loaded._section_revisions}
    return tuple(
        domain.Approval(
            section=domain.Section(row["section"]),
            role=domain.Role(row["role"]),
            account=row["account"],
            revision=row["revision"],
            current=changed.get(row["section"], 0) <= row["revision"],
        )
        for row in sorted(loaded._approvals, key=lambda row: row["id"])
    )


def _metadata(loaded: Any, zone: ZoneInfo) -> domain.Metadata:
    author = next(
        (row["user"] or row["name"] for row in loaded._roles if row["role"] == domain.Role.AUTHOR), ""
    )
    approvers = [row["name"] for row in sorted(loaded._approvers, key=lambda row: row["id"])]
    outside = [row["name"] for row in sorted(loaded._outside, key=lambda row: row["id"])]
    return domain.Metadata(
        author=author,
        reviewers=tuple(name for name in dict.fromkeys(approvers + outside)),
        written_on=loaded.created_at.astimezone(zone).date(),
        updated_on=loaded.updated_at.astimezone(zone).date(),
        next_review_on=loaded.next_review_on,
        next_review_note=loaded.next_review_note,
    )
