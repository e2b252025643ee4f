"""The forms of the five whys: the questions of a chain, and where it ends."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from postmortems.domain.document import WHYS_EXPECTED, Language
from postmortems.domain.whys import first_question, next_question
from postmortems.forms.rows import RowForm, list_id, row_form_for
from postmortems.models import Postmortem, Row, Why, WhyChain
from postmortems.selectors.causes import WHY_READ, open_chains, open_whys, whys_of


@row_form_for("chain")
class ChainForm(RowForm):
    """Where a why chain ends: why it stops, and what its last answer leads to."""

    template = "postmortems/rows/chain.html"
    add_label = gettext_lazy("New chain")
    edit_label = gettext_lazy("The end of the chain")
    always_open = True
    wide = ("stop_reason", "leads_to")
    lines = ("stop_reason",)
    leads_to = forms.ChoiceField(label=gettext_lazy("The last answer leads to"), required=False)

    class Meta:
        model = WhyChain
        fields = ("stop_reason",)
        labels = {"stop_reason": gettext_lazy("Reason to stop early")}

    def __init__(self, *args: Any, row: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, row=row, **kwargs)
        if row is None:
            self.fields.clear()
            return
        field: Any = self.fields["leads_to"]
        field.choices = [
            ("", _("Nothing yet")),
            (_("Contributing factors"), _named("factor", row.factors_read)),
            (_("Corrective actions"), _named("action", row.actions_read)),
        ]
        if end := led_to(row):
            self.initial["leads_to"] = end[0]

    @classmethod
    def stored(cls, postmortem: Postmortem) -> QuerySet[Any]:
        """The chains, each with its whys and all that it may lead to."""
        return open_chains(postmortem)

    @classmethod
    def shown(cls, row: Row) -> Row:
        """The same of a chain that was just added."""
        chain: WhyChain = open_chains(row.postmortem).get(pk=row.pk)
        chain.postmortem = row.postmortem
        return chain

    def saved_values(self, row: Any) -> list[tuple[str, str]]:
        """The end of the chain that somebody else saved."""
        return [(str(self.fields["stop_reason"].label), row.stop_reason)]

    @property
    def target(self) -> tuple[int | None, int | None]:
        """The keys of the factor and of the action that were chosen; at most one of them."""
        kind, __, key = self.cleaned_data["leads_to"].partition("-")
        return (int(key) if kind == "factor" else None), (int(key) if kind == "action" else None)


def _named(kind: str, rows: list[dict[str, Any]]) -> list[tuple[str, str]]:
    ordered = sorted(rows, key=lambda row: (row["position"], row["id"]))
    return [(f"{kind}-{row['id']}", row["name"]) for row in ordered]


def led_to(chain: Any) -> tuple[str, str] | None:
    """Anchor and words of what a chain leads to."""
    factors = [row for row in chain.factors_read if row["id"] == chain.factor_id]
    actions = [row for row in chain.actions_read if row["chain_id"] == chain.pk]
    ends = _named("factor", factors) + _named("action", actions)
    return ends[0] if ends else None


@row_form_for("why")
class WhyForm(RowForm):
    """A question of a chain and its answer; the question is proposed from the answer before it.

    Once a chain has enough answers, nothing prompts for one more.
    """

    template = "postmortems/rows/why.html"
    add_label = gettext_lazy("Add this why")
    fold_label = gettext_lazy("Ask another why")
    edit_label = gettext_lazy("Edit the why")
    placed_by = ("chain",)
    wide = ("question", "answer", "evidence")
    lines = ("question", "answer", "evidence")
    focus = "answer"
    chain = forms.ModelChoiceField(queryset=WhyChain.objects.none())

    class Meta:
        model = Why
        fields = Why.content

    def __init__(
        self,
        data: Any = None,
        *args: Any,
        postmortem: Postmortem,
        row: Row | None = None,
        initial: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        given = dict(initial or {})
        chains = open_chains(postmortem).filter(deleted_at__isnull=True)
        if row is None and data is not None:
            given["chain"] = data.get("chain")
        chain = given.get("chain")
        if row is None and data is None and not isinstance(chain, WhyChain):
            key = str(chain)
            chain = given["chain"] = chains.filter(pk=key).first() if key.isdecimal() else None
        if row is None and isinstance(chain, WhyChain):
            whys = whys_of(chain)
            given.setdefault("question", asked_next(whys, postmortem))
            self.folded = answered(whys) >= WHYS_EXPECTED
        super().__init__(data, *args, postmortem=postmortem, row=row, initial=given, **kwargs)
        if row is None:
            field: Any = self.fields["chain"]
            field.queryset = chains
        else:
            del self.fields["chain"]

    @classmethod
    def stored(cls, postmortem: Postmortem) -> QuerySet[Any]:
        """The whys, each with its whole chain."""
        return open_whys(postmortem)

    def clean(self) -> dict[str, Any]:
        """Puts a new why into its chain."""
        if chain := self.cleaned_data.get("chain"):
            self.instance.chain = chain
        return super().clean()

    @property
    def placing(self) -> dict[str, Any]:
        """The same chain, the why that was just added included."""
        chain = self.cleaned_data["chain"]
        others = [why for why in chain.whys_read if why["id"] != self.instance.pk]
        chain.whys_read = [*others, {name: getattr(self.instance, name) for name in WHY_READ}]
        return {"chain": chain}

    @classmethod
    def events(cls, row: Any) -> dict[str, Any]:
        """The chain's new progress, and its next question."""
        read = row if hasattr(row, "whys_read") else row.chain
        whys = [why for why in whys_of(read) if why.pk != row.pk]
        if row.deleted_at is None:
            whys = sorted([*whys, row], key=lambda why: (why.position, why.pk))
        return {
            "why-asked": {
                "list": list_id(row),
                "question": asked_next(whys, row.postmortem),
                "progress": progress(whys),
            }
        }


def asked_next(whys: list[Why], postmortem: Postmortem) -> str:
    """The question to propose after these whys, in the document's language."""
    language = Language(postmortem.language)
    if not whys:
        return first_question(postmortem.incident.title, language)
    return next_question(whys[-1].answer, language)


def progress(whys: list[Why]) -> str:
    """How far a chain has come, in words."""
    count = answered(whys)
    if count >= WHYS_EXPECTED:
        return _("%(answered)d answers") % {"answered": count}
    return _("%(answered)d of %(enough)d") % {"answered": count, "enough": WHYS_EXPECTED}


def answered(whys: list[Why]) -> int:
    """How many of them have an answer."""
    return sum(bool(why.answer) for why in whys)
