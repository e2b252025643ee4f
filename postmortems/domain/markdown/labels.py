"""All words and signs of the exported file, in both languages. Rendering and parsing share them."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from postmortems.domain.document import (
    ActionKind,
    ActionStatus,
    Horizon,
    Language,
    Milestone,
    RunbookOutcome,
    Section,
    State,
)
from postmortems.domain.timeline import Measure


class Column(StrEnum):
    """The columns of the file's tables."""

    ATTRIBUTE = "attribute"
    VALUE = "value"
    TIME = "time"
    EVENT = "event"
    SOURCE = "source"
    METRIC = "metric"
    FACTOR = "factor"
    EFFECT = "effect"
    CATEGORY = "category"
    NUMBER = "number"
    ACTION = "action"
    OWNER = "owner"
    DEADLINE = "deadline"
    STATUS = "status"
    DESCRIPTION = "description"
    KIND = "kind"
    VERIFICATION = "verification"
    TRACKER = "tracker"
    DOMAIN = "domain"
    RECOMMENDATION = "recommendation"
    FIELD = "field"


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns that a table always has, and those it has when a row needs them."""

    always: tuple[Column, ...]
    optional: tuple[Column, ...] = ()


_EXTRA = (Column.KIND, Column.VERIFICATION, Column.TRACKER)
_PLANNED = Layout(
    (Column.NUMBER, Column.ACTION, Column.OWNER, Column.DEADLINE, Column.STATUS),
    (Column.DESCRIPTION, *_EXTRA),
)

SUMMARY = Layout((Column.ATTRIBUTE, Column.VALUE))
TIMELINE = Layout((Column.TIME, Column.EVENT), (Column.SOURCE,))
METRICS = Layout((Column.METRIC, Column.VALUE), (Column.SOURCE,))
FACTORS = Layout((Column.FACTOR, Column.EFFECT, Column.CATEGORY))
ACTIONS: dict[Horizon, Layout] = {
    Horizon.IMMEDIATE: Layout(
        (Column.ACTION, Column.OWNER, Column.STATUS), (Column.DEADLINE, Column.DESCRIPTION, *_EXTRA)
    ),
    Horizon.SHORT: _PLANNED,
    Horizon.MEDIUM: _PLANNED,
    Horizon.LONG: Layout(
        (Column.NUMBER, Column.ACTION, Column.DESCRIPTION),
        (Column.OWNER, Column.DEADLINE, Column.STATUS, *_EXTRA),
    ),
}
RECOMMENDATIONS = Layout((Column.DOMAIN, Column.RECOMMENDATION))
METADATA = Layout((Column.FIELD, Column.VALUE))


class Attribute(StrEnum):
    """The rows of the summary's table."""

    DATE = "date"
    DURATION = "duration"
    SEVERITY = "severity"
    IMPACT = "impact"
    ROOT_CAUSE = "root_cause"


class Field(StrEnum):
    """The rows of the metadata's table."""

    AUTHOR = "author"
    REVIEWERS = "reviewers"
    WRITTEN = "written"
    UPDATED = "updated"
    STATUS = "status"
    NEXT_REVIEW = "next_review"


class Part(StrEnum):
    """The third-level headings."""

    METRICS = "metrics"
    USERS = "users"
    REPUTATION = "reputation"
    IMMEDIATE_CAUSE = "immediate_cause"
    WHYS = "whys"
    DIAGRAM = "diagram"
    FACTORS = "factors"
    IMMEDIATE = "immediate"
    SHORT = "short"
    MEDIUM = "medium"
    LONG = "long"
    WENT_WELL = "well"
    NOT_WELL = "not_well"
    LUCKY = "lucky"
    RECOMMENDATIONS = "recommendations"


@dataclass(frozen=True, slots=True)
class Labels:
    """The wording of one language. Strings that end in a space are followed by a value."""

    title: str
    metadata: str
    sections: dict[Section, str]
    parts: dict[Part, str]
    columns: dict[Column, str]
    attributes: dict[Attribute, str]
    fields: dict[Field, str]
    measures: dict[Measure, str]
    states: dict[State, str]
    statuses: dict[ActionStatus, str]
    kinds: dict[ActionKind, str]
    to_complete: str
    draft: str
    tldr: str
    zone: str
    unknown_time: str
    not_computable: str
    missing: dict[Milestone, str]
    evidence: str
    stopped: str
    related: str
    testimony: str
    runbook: str
    runbook_was: str
    outcomes: dict[RunbookOutcome | None, str]

    def header(self, columns: Sequence[Column]) -> tuple[str, str]:
        """A table's title row and the row of dashes under it."""
        titles = [self.columns[column] for column in columns]
        dashes = ["-" * _WIDTHS.get(column, len(self.columns[column]) + 2) for column in columns]
        return f"| {' | '.join(titles)} |", f"|{'|'.join(dashes)}|"


# The format's example has one dash less here than the title and its blanks are long.
_WIDTHS = {Column.RECOMMENDATION: 15}

ANSWER = "→"
INDENT = "   "
RULE = "---"

LABELS: dict[Language, Labels] = {
    Language.FRENCH: Labels(
        title="# Post-Mortem : ",
        metadata="## 📝 Metadata",
        sections={
            Section.SUMMARY: "## 📋 Résumé Exécutif",
            Section.TIMELINE: "## 📅 Timeline",
            Section.IMPACT: "## 📊 Impact",
            Section.ROOT_CAUSE: "## 🔍 Root Cause Analysis",
            Section.ACTIONS: "## ✅ Actions Correctives",
            Section.LESSONS: "## 📚 Lessons Learned",
            Section.ANNEXES: "## 📎 Annexes",
        },
        parts={
            Part.METRICS: "### Métriques",
            Part.USERS: "### Utilisateurs Impactés",
            Part.REPUTATION: "### Réputation",
            Part.IMMEDIATE_CAUSE: "### Cause Immédiate",
            Part.WHYS: "### 5 Whys",
            Part.DIAGRAM: "### Diagramme",
            Part.FACTORS: "### Facteurs Contributifs",
            Part.IMMEDIATE: "### Immédiat (fait)",
            Part.SHORT: "### Court terme (< 2 semaines)",
            Part.MEDIUM: "### Moyen terme (< 1 mois)",
            Part.LONG: "### Long terme (backlog)",
            Part.WENT_WELL: "### Ce qui a bien fonctionné ✅",
            Part.NOT_WELL: "### Ce qui n'a pas fonctionné ❌",
            Part.LUCKY: "### Où nous avons eu de la chance 🍀",
            Part.RECOMMENDATIONS: "### Recommendations",
        },
        columns={
            Column.ATTRIBUTE: "Attribut",
            Column.VALUE: "Valeur",
            Column.TIME: "Heure",
            Column.EVENT: "Événement",
            Column.SOURCE: "Source",
            Column.METRIC: "Métrique",
            Column.FACTOR: "Facteur",
            Column.EFFECT: "Impact",
            Column.CATEGORY: "Catégorie",
            Column.NUMBER: "#",
            Column.ACTION: "Action",
            Column.OWNER: "Owner",
            Column.DEADLINE: "Deadline",
            Column.STATUS: "Status",
            Column.DESCRIPTION: "Description",
            Column.KIND: "Type",
            Column.VERIFICATION: "Vérification",
            Column.TRACKER: "Suivi",
            Column.DOMAIN: "Domaine",
            Column.RECOMMENDATION: "Recommendation",
            Column.FIELD: "Champ",
        },
        attributes={
            Attribute.DATE: "Date",
            Attribute.DURATION: "Durée",
            Attribute.SEVERITY: "Sévérité",
            Attribute.IMPACT: "Impact",
            Attribute.ROOT_CAUSE: "Root Cause",
        },
        fields={
            Field.AUTHOR: "Auteur",
            Field.REVIEWERS: "Reviewers",
            Field.WRITTEN: "Date rédaction",
            Field.UPDATED: "Dernière mise à jour",
            Field.STATUS: "Status",
            Field.NEXT_REVIEW: "Prochaine review",
        },
        measures={
            Measure.TOTAL: "Durée totale",
            Measure.TTD: "Temps de détection (TTD)",
            Measure.TTR: "Temps de résolution (TTR)",
        },
        states={
            State.DRAFTING: "Brouillon",
            State.VALIDATION: "En validation",
            State.CHALLENGE: "En challenge",
            State.FOLLOW_UP: "Suivi des actions",
            State.VALIDATED: "Validé, actions en cours",
            State.CLOSED: "Clos",
        },
        statuses={
            ActionStatus.TODO: "⏳ À faire",
            ActionStatus.DOING: "🔄 En cours",
            ActionStatus.DONE: "✅ Fait",
            ActionStatus.DROPPED: "🚫 Abandonné",
        },
        kinds={
            ActionKind.PREVENT: "Prévenir",
            ActionKind.DETECT: "Détecter",
            ActionKind.MITIGATE: "Atténuer",
            ActionKind.REPAIR: "Réparer",
            ActionKind.INVESTIGATE: "Investiguer",
        },
        to_complete="*À compléter*",
        draft="> Brouillon : ce document n'est pas encore validé, son contenu peut changer.",
        tldr="**TL;DR :**",
        zone="Toutes les heures en ",
        unknown_time="Heure inconnue - {} :",
        not_computable="non calculable : ",
        missing={
            Milestone.START: "pas d'heure de début",
            Milestone.DETECTED: "pas d'heure de détection",
            Milestone.RESTORED: "pas d'heure de rétablissement",
        },
        evidence="Preuve : ",
        stopped="Arrêt : ",
        related="### Incidents liés",
        testimony="### Témoignage : ",
        runbook="### Runbook : ",
        runbook_was="**Usage :**",
        outcomes={
            None: "non précisé",
            RunbookOutcome.FOLLOWED: "suivi",
            RunbookOutcome.MISSING: "absent",
            RunbookOutcome.WRONG: "erroné",
            RunbookOutcome.NOT_FOUND: "introuvable à temps",
        },
    ),
    Language.ENGLISH: Labels(
        title="# Post-Mortem: ",
        metadata="## 📝 Metadata",
        sections={
            Section.SUMMARY: "## 📋 Executive Summary",
            Section.TIMELINE: "## 📅 Timeline",
            Section.IMPACT: "## 📊 Impact",
            Section.ROOT_CAUSE: "## 🔍 Root Cause Analysis",
            Section.ACTIONS: "## ✅ Corrective Actions",
            Section.LESSONS: "## 📚 Lessons Learned",
            Section.ANNEXES: "## 📎 Appendices",
        },
        parts={
            Part.METRICS: "### Metrics",
            Part.USERS: "### Affected Users",
            Part.REPUTATION: "### Reputation",
            Part.IMMEDIATE_CAUSE: "### Immediate Cause",
            Part.WHYS: "### 5 Whys",
            Part.DIAGRAM: "### Diagram",
            Part.FACTORS: "### Contributing Factors",
            Part.IMMEDIATE: "### Immediate (done)",
            Part.SHORT: "### Short term (< 2 weeks)",
            Part.MEDIUM: "### Medium term (< 1 month)",
            Part.LONG: "### Long term (backlog)",
            Part.WENT_WELL: "### What went well ✅",
            Part.NOT_WELL: "### What did not go well ❌",
            Part.LUCKY: "### Where we got lucky 🍀",
            Part.RECOMMENDATIONS: "### Recommendations",
        },
        columns={
            Column.ATTRIBUTE: "Attribute",
            Column.VALUE: "Value",
            Column.TIME: "Time",
            Column.EVENT: "Event",
            Column.SOURCE: "Source",
            Column.METRIC: "Metric",
            Column.FACTOR: "Factor",
            Column.EFFECT: "Impact",
            Column.CATEGORY: "Category",
            Column.NUMBER: "#",
            Column.ACTION: "Action",
            Column.OWNER: "Owner",
            Column.DEADLINE: "Deadline",
            Column.STATUS: "Status",
            Column.DESCRIPTION: "Description",
            Column.KIND: "Type",
            Column.VERIFICATION: "Verification",
            Column.TRACKER: "Tracker",
            Column.DOMAIN: "Domain",
            Column.RECOMMENDATION: "Recommendation",
            Column.FIELD: "Field",
        },
        attributes={
            Attribute.DATE: "Date",
            Attribute.DURATION: "Duration",
            Attribute.SEVERITY: "Severity",
            Attribute.IMPACT: "Impact",
            Attribute.ROOT_CAUSE: "Root Cause",
        },
        fields={
            Field.AUTHOR: "Author",
            Field.REVIEWERS: "Reviewers",
            Field.WRITTEN: "Date written",
            Field.UPDATED: "Last update",
            Field.STATUS: "Status",
            Field.NEXT_REVIEW: "Next review",
        },
        measures={
            Measure.TOTAL: "Total duration",
            Measure.TTD: "Time to detect (TTD)",
            Measure.TTR: "Time to restore (TTR)",
        },
        states={
            State.DRAFTING: "Draft",
            State.VALIDATION: "In validation",
            State.CHALLENGE: "In challenge",
            State.FOLLOW_UP: "Action follow-up",
            State.VALIDATED: "Validated, actions in progress",
            State.CLOSED: "Closed",
        },
        statuses={
            ActionStatus.TODO: "⏳ To do",
            ActionStatus.DOING: "🔄 In progress",
            ActionStatus.DONE: "✅ Done",
            ActionStatus.DROPPED: "🚫 Dropped",
        },
        kinds={
            ActionKind.PREVENT: "Prevent",
            ActionKind.DETECT: "Detect",
            ActionKind.MITIGATE: "Mitigate",
            ActionKind.REPAIR: "Repair",
            ActionKind.INVESTIGATE: "Investigate",
        },
        to_complete="*To be completed*",
        draft="> Draft: this document is not validated yet, its content may change.",
        tldr="**TL;DR:**",
        zone="All times in ",
        unknown_time="Time unknown - {}:",
        not_computable="not computable: ",
        missing={
            Milestone.START: "no start time",
            Milestone.DETECTED: "no detection time",
            Milestone.RESTORED: "no restoration time",
        },
        evidence="Evidence: ",
        stopped="Stopped: ",
        related="### Related Incidents",
        testimony="### Testimony: ",
        runbook="### Runbook: ",
        runbook_was="**Use:**",
        outcomes={
            None: "not stated",
            RunbookOutcome.FOLLOWED: "followed",
            RunbookOutcome.MISSING: "missing",
            RunbookOutcome.WRONG: "wrong",
            RunbookOutcome.NOT_FOUND: "not found in time",
        },
    ),
}
