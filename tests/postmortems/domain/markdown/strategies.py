"""Documents made of hostile typed strings, for the laws of the format.

Every document is canonical, as one loaded from the database is.
"""

from datetime import UTC, date, datetime
from typing import TypeVar

from hypothesis import strategies as st

from postmortems.domain.document import (
    UNKNOWN_TEXTS,
    Action,
    ActionKind,
    ActionStatus,
    Annex,
    AnnexKind,
    Diagram,
    Document,
    Event,
    Factor,
    Horizon,
    Impact,
    Language,
    Lesson,
    Lessons,
    Metadata,
    Metric,
    Milestone,
    Recommendation,
    RootCause,
    RunbookOutcome,
    Severity,
    State,
    Summary,
    Timeline,
    Why,
    WhyChain,
)
from postmortems.domain.markdown.canonical import canonical
from postmortems.domain.markdown.labels import LABELS

_STRUCTURE = (
    *(
        "# ",
        "## ",
        "### x",
        "#",
        "=",
        "===",
        "---",
        "- ",
        "* ",
        "+ ",
        "1. ",
        "2) ",
        "> ",
        ">",
        "- [ ] ",
        "[x] ",
    ),
    *("`", "``", "```", "````", "~~~", "```py\n", "    ", "  ", "\t", "\n", "\n", "\n\n", "\r\n", "\\\n"),
    *("|", "\\|", "| a | b |\n|--|--|\n", "a | b", "\n|-|-|", "\n:-", "*", "**", "_", "~", "~~", "\\", "!["),
    *("<b>", "<", "</div>", "\n<div>", "<!--", "-->", "<?", "<![CDATA[", "<script>", "<https://a.b>", "<br>"),
    *("[a]", "[a]: /u", "[^1]", "[^1]: ", "](", "](<", "[a](b)", "(", ")", '"', "'", '<a href="`">', "`<b>`"),
    *("https://a.b", "https://a.b/*_", "www.a.b", "&lt;", "&#35;", "&", ";", ",", ", ", ":", "images/"),
    *(
        "a",
        "b",
        "mot",
        "é",
        "e\u0301",
        "\u0338",
        "字",
        "🍀",
        "\u00a0",
        "\u2028",
        "\u200f",
        "\x0b",
        "\x00",
        " ",
        " ",
    ),
)
_RESERVED = tuple(
    word
    for labels in LABELS.values()
    for word in (
        labels.to_complete,
        labels.tldr,
        labels.draft,
        labels.related,
        labels.related.removeprefix("### "),
        labels.testimony.removeprefix("### "),
        labels.runbook.removeprefix("### "),
        labels.runbook_was,
        labels.evidence,
        labels.stopped,
        *labels.measures.values(),
        *labels.sections.values(),
        *labels.parts.values(),
        *labels.states.values(),
    )
)
_FORMAT = (
    "→ ",
    "   → ",
    "\n---\n",
    "1. **a** - b",
    "- [a](b)",
    "![a](images/b/c)",
    "*&#192; compléter*",
    "(b)",
)

_T = TypeVar("_T")

raw_texts = st.lists(
    st.one_of(
        st.sampled_from(_STRUCTURE),
        st.sampled_from(_STRUCTURE),
        st.sampled_from(_RESERVED + _FORMAT),
        st.text(max_size=4),
    ),
    max_size=14,
).map("".join)
texts = st.one_of(st.just(""), st.sampled_from(_RESERVED + _FORMAT), raw_texts)
needed = texts.map(lambda text: text if text.strip() and any(c.isalnum() for c in text) else f"x{text}")
days = st.dates(date(1990, 1, 1), date(2090, 12, 31))
maybe_days = st.none() | days
zones = st.sampled_from(("UTC", "Europe/Paris", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe"))


def _many(strategy: st.SearchStrategy[_T], most: int = 3) -> st.SearchStrategy[tuple[_T, ...]]:
    return st.lists(strategy, max_size=most).map(tuple)


@st.composite
def _timelines(draw: st.DrawFn, day: date) -> Timeline:
    """Events around one day, some at one instant, each milestone at most once."""
    base = datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()
    offsets = draw(
        st.lists(st.one_of(st.integers(-90, 2880).map(lambda m: m * 60), st.integers(0, 180_000)), max_size=6)
    )
    milestones: list[Milestone | None] = draw(st.permutations([*Milestone, *[None] * 3]))
    events = [
        Event(datetime.fromtimestamp(base + offset, UTC), draw(texts), milestone, draw(st.just("") | texts))
        for offset, milestone in zip(sorted(offsets), milestones, strict=False)
    ]
    unknown = draw(st.dictionaries(st.sampled_from(tuple(UNKNOWN_TEXTS)), needed, max_size=3))
    return Timeline(tuple(events), tuple(unknown.items()))


_whys = st.builds(Why, question=needed, answer=texts, evidence=st.just("") | texts)
_chains = st.builds(WhyChain, whys=_many(_whys), stop_reason=st.just("") | texts)
_lessons = st.builds(Lesson, title=needed, text=texts)
_actions = st.builds(
    Action,
    title=texts,
    horizon=st.sampled_from(Horizon),
    status=st.sampled_from(ActionStatus),
    owner=texts,
    deadline=maybe_days,
    description=st.just("") | texts,
    kind=st.none() | st.sampled_from(ActionKind),
    verification=st.just("") | texts,
    tracker=st.just("") | texts,
)
_annexes = st.builds(
    Annex,
    kind=st.sampled_from(AnnexKind),
    title=needed,
    label=texts,
    url=texts,
    body=texts,
    file=texts,
    outcome=st.none() | st.sampled_from(RunbookOutcome),
)


@st.composite
def documents(draw: st.DrawFn) -> Document:
    """Any document that the forms can produce."""
    day = draw(st.one_of(days, st.sampled_from((date(2024, 10, 27), date(2024, 3, 31), date(2024, 12, 31)))))
    document = Document(
        title=draw(needed),
        date=day,
        language=draw(st.sampled_from(Language)),
        severity=draw(st.sampled_from(Severity)),
        zone=draw(zones),
        organisation=draw(texts),
        state=draw(st.sampled_from(State)),
        summary=Summary(draw(texts), draw(texts), draw(texts)),
        timeline=draw(_timelines(day)),
        impact=Impact(
            draw(_many(st.builds(Metric, label=texts, value=texts, source=st.just("") | texts))),
            draw(texts),
            draw(texts),
        ),
        root_cause=RootCause(
            draw(texts),
            draw(_many(_chains, 2)),
            draw(_many(st.builds(Diagram, body=texts, caption=st.just("") | texts, syntax=texts), 2)),
            draw(_many(st.builds(Factor, factor=texts, impact=texts, category=texts))),
        ),
        actions=draw(_many(_actions, 5)),
        lessons=Lessons(
            draw(_many(_lessons)),
            draw(_many(_lessons)),
            draw(_many(_lessons, 2)),
            draw(_many(st.builds(Recommendation, domain=needed, text=texts), 2)),
        ),
        annexes=draw(_many(_annexes, 4)),
        metadata=Metadata(
            draw(texts),
            draw(_many(texts)),
            draw(maybe_days),
            draw(maybe_days),
            draw(maybe_days),
            draw(texts),
        ),
    )
    return canonical(document)
