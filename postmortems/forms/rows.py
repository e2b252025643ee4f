"""What the forms of rows have in common, how rows are laid out, and the plain kinds of rows.

Other modules add their kinds with ``@row_form_for("kind")``; views and templates find it with
``row_form``. Forms validate and never save.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlencode, urlsplit

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.db.models import Model, QuerySet
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from postmortems.models import (
    ROW_KINDS,
    ContributingFactor,
    Diagram,
    ImpactMetric,
    Lesson,
    Postmortem,
    Recommendation,
    Row,
)
from postmortems.models.fields import clean_line, clean_text, too_long

if TYPE_CHECKING:
    BaseForm = forms.ModelForm[Any]
else:
    BaseForm = forms.ModelForm

Text = str | Promise

OPEN = "open"
"""The parameter that asks for the form of a new row instead of the button that stands in for it."""

CODE = {"class": "code", "spellcheck": "false", "wrap": "off"}

_FORMS: dict[str, type["RowForm"]] = {}


def row_form_for(kind: str) -> Callable[[type["RowForm"]], type["RowForm"]]:
    """Registers a form class as the one of a kind of row."""

    def register(form: type["RowForm"]) -> type["RowForm"]:
        form.kind = kind
        _FORMS[kind] = form
        return form

    return register


def row_form(kind: str) -> type["RowForm"]:
    """The form class of a kind of row. Raises KeyError when there is no such kind."""
    return _FORMS[kind]


class RowForm(BaseForm):
    """The form of one row: a new one without ``row``, an edit of a stored one with it.

    A subclass states its ``Meta`` (model and fields), the ``template`` that shows a row's content, and
    what differs from the usual:

    * ``placed_by``: the fields that say in which list a row is; hidden while adding, given by ``initial``
    * ``wide``: the fields that take a line of their own
    * ``lines``: the one-line fields that are long enough to be shown on several lines
    * ``focus``: the field to begin with, when it is not the first
    * ``movable``: whether people choose the order
    * ``always_open``: the form stands in the row's content instead of behind an edit button
    * ``folded``: a button stands in for the form of a new row until it is asked for; ``fold_label`` is on
      it where ``add_label`` does not fit
    """

    kind: ClassVar[str]
    template: ClassVar[str]
    fields_template: ClassVar[str] = "postmortems/rows/_fields.html"
    add_label: ClassVar[Text]
    edit_label: ClassVar[Text]
    placed_by: ClassVar[tuple[str, ...]] = ()
    wide: ClassVar[tuple[str, ...]] = ()
    lines: ClassVar[tuple[str, ...]] = ()
    code: ClassVar[tuple[str, ...]] = ()
    focus: ClassVar[str] = ""
    movable: ClassVar[bool] = True
    always_open: ClassVar[bool] = False
    folded: bool = False
    fold_label: ClassVar[Text] = ""
    suggested: ClassVar[Mapping[str, tuple[Text, ...]]] = {}
    # Templates hand the class itself around, and would otherwise call it.
    do_not_call_in_templates: ClassVar[bool] = True

    version = forms.IntegerField(widget=forms.HiddenInput)

    class Meta:
        model: type[Model] = Row
        fields: tuple[str, ...] = ()

    def __init__(
        self,
        data: Any = None,
        files: Any = None,
        *,
        postmortem: Postmortem,
        row: Row | None = None,
        initial: Mapping[str, Any] | None = None,
    ) -> None:
        given = dict(initial or {})
        self.postmortem = postmortem
        self.opened = data is not None or OPEN in given
        self.list_id = list_id(row or placed(self.kind, postmortem, self._places(given)))
        super().__init__(
            data,
            files,
            instance=row or ROW_KINDS[self.kind](postmortem=postmortem),
            initial={"version": row.version, **given} if row else given,
            auto_id=f"{row.ref if row else self.list_id}-%s",
        )
        if row is None:
            del self.fields["version"]
            for name in self.placed_by:
                if (given if data is None else data).get(name):
                    self.fields[name].widget = forms.HiddenInput()
        self.suggestions: list[tuple[str, list[str]]] = []
        for name, field in self.fields.items():
            self._dress(name, field)

    @classmethod
    def stored(cls, postmortem: Postmortem) -> QuerySet[Any]:
        """The rows of this kind, deleted ones included, with what ``template`` needs."""
        return ROW_KINDS[cls.kind].objects.filter(postmortem=postmortem)

    @classmethod
    def shown(cls, row: Row) -> Row:
        """A row that was just added, with what ``template`` needs."""
        return row

    @classmethod
    def events(cls, row: Row) -> dict[str, Any]:
        """What the page has to be told after a change of ``row``: event names with their details."""
        return {}

    @property
    def adding(self) -> bool:
        """Whether this is the form of a new row."""
        return self.instance.pk is None

    @property
    def menu(self) -> list[tuple[str, str]]:
        """Addresses and labels to choose among before a new row has fields; usually none."""
        if self.opened or not self.folded:
            return []
        return [(self._add_url({**self._placed_at, OPEN: "1"}), str(self.fold_label or self.add_label))]

    @property
    def cancel(self) -> str:
        """Where to go back to from a new row that was chosen from the menu."""
        return self._add_url(self._placed_at) if self.folded else ""

    @property
    def placing(self) -> dict[str, Any]:
        """The ``initial`` of the form that follows this one in the same list."""
        return {name: self.cleaned_data[name] for name in self.placed_by}

    def saved_values(self, row: Row) -> list[tuple[str, str]]:
        """What a stored row holds, as (label, value), for the person whose own save it conflicts with."""
        return [
            (str(field.label), str(shown(row, name)))
            for name, field in self.fields.items()
            if name in row.content and not field.widget.is_hidden
        ]

    def clean(self) -> dict[str, Any]:
        """Leaves uniqueness and fixed sets to the form's choices and the database: checking costs queries."""
        return self.cleaned_data

    @property
    def _placed_at(self) -> dict[str, Any]:
        known = self.data if self.is_bound else self.initial
        values = {name: known.get(name) for name in self.placed_by}
        return {name: getattr(value, "pk", value) or "" for name, value in values.items()}

    def _add_url(self, query: Mapping[str, Any] | None = None) -> str:
        address = reverse("postmortems:row-add", args=[self.postmortem.pk, self.kind])
        return f"{address}?{urlencode(query)}" if query else address

    def _places(self, given: Mapping[str, Any]) -> dict[str, Any]:
        return {name: given[name] for name in self.placed_by if name in given}

    def _dress(self, name: str, field: forms.Field) -> None:
        if not isinstance(field, forms.CharField):
            return
        # A browser cuts a long paste without a word; the server says what is too much and keeps the text.
        field.widget.attrs.pop("maxlength", None)
        multiline = isinstance(field.widget, forms.Textarea)
        field.strip = not multiline
        field.validators = [
            check for check in field.validators if not isinstance(check, MaxLengthValidator)
        ] + [_length_check(field.max_length, multiline)]
        if name in self.lines:
            field.widget = forms.Textarea(attrs={"class": "line", "rows": 1, "data-line": ""})
        if name in self.code:
            field.widget.attrs.update(CODE)
        if words := self.suggested.get(name):
            identifier = f"{self.auto_id % name}-words"  # type: ignore[operator]
            field.widget.attrs.update({"list": identifier, "autocomplete": "off"})
            with override(self.postmortem.language):
                self.suggestions.append((identifier, [str(word) for word in words]))

    def set_focus(self) -> None:
        """Makes a browser begin with the first invalid field, or else where this form begins."""
        invalid = [name for name in self.errors if name in self.fields] if self.is_bound else []
        visible = [field.name for field in self.visible_fields()]
        first = [name for name in (*invalid, self.focus, *visible) if name in visible]
        if first:
            self.fields[first[0]].widget.attrs["autofocus"] = True


def _length_check(limit: int | None, multiline: bool) -> Callable[[str], None]:
    def check(value: str) -> None:
        kept = clean_text(value) if multiline else clean_line(value)
        if limit is not None and len(kept) > limit:
            raise too_long(kept, limit)

    return check


def check_web_address(address: str) -> None:
    """Refuses all but web addresses: others may run in the browser of whoever follows them.

    Raises ValidationError. A host without a dot is accepted: wikis and trackers often live inside a network.
    """
    try:
        parts = urlsplit(address)
        valid = parts.scheme in {"http", "https"} and bool(parts.hostname) and " " not in address
    except ValueError:
        valid = False
    if not valid:
        raise ValidationError(
            _("This is not a web address. Write it in full, beginning with https://."), code="invalid"
        )


def placed(kind: str, postmortem: Postmortem, places: Mapping[str, Any]) -> Row:
    """An unsaved row that is where ``places`` says, to compare groups with."""
    model = ROW_KINDS[kind]
    values = {
        model._meta.get_field(name).attname: value.pk if isinstance(value, Model) else value  # type: ignore[union-attr]
        for name, value in places.items()
    }
    return model(postmortem=postmortem, **values)


def list_id(row: Row) -> str:
    """The identifier, in a page, of the list that a row is in."""
    places = [str(value) for name, value in row.group().items() if name != "postmortem_id" and value]
    return "-".join(("rows", row.kind, *places))


def shown(row: Row, name: str) -> Any:
    """A field's value as a reader sees it."""
    words = getattr(row, f"get_{name}_display", None)
    value = words() if words else getattr(row, name)
    return "" if value is None else value


@row_form_for("metric")
class MetricForm(RowForm):
    """A figure and where it comes from."""

    template = "postmortems/rows/metric.html"
    add_label = gettext_lazy("Add a metric")
    edit_label = gettext_lazy("Edit the metric")

    class Meta:
        model = ImpactMetric
        fields = ImpactMetric.content


@row_form_for("factor")
class FactorForm(RowForm):
    """A contributing factor; its category feeds the reports, so common ones are suggested."""

    template = "postmortems/rows/factor.html"
    add_label = gettext_lazy("Add a contributing factor")
    edit_label = gettext_lazy("Edit the contributing factor")
    wide = ("factor",)
    lines = ("factor", "impact")
    suggested = {
        "category": (
            gettext_lazy("Monitoring"),
            gettext_lazy("Documentation"),
            gettext_lazy("Architecture"),
            gettext_lazy("Process"),
            gettext_lazy("Communication"),
            gettext_lazy("Testing"),
            gettext_lazy("Capacity"),
            gettext_lazy("Dependency"),
            gettext_lazy("Configuration"),
            gettext_lazy("Deployment"),
            gettext_lazy("Security"),
        )
    }

    class Meta:
        model = ContributingFactor
        fields = ContributingFactor.content


@row_form_for("diagram")
class DiagramForm(RowForm):
    """A drawing in text."""

    template = "postmortems/rows/diagram.html"
    add_label = gettext_lazy("Add a diagram")
    edit_label = gettext_lazy("Edit the diagram")
    folded = True
    wide = code = ("body",)

    class Meta:
        model = Diagram
        fields = Diagram.content


@row_form_for("lesson")
class LessonForm(RowForm):
    """A lesson, in one of the three lists."""

    template = "postmortems/rows/lesson.html"
    add_label = gettext_lazy("Add a lesson")
    edit_label = gettext_lazy("Edit the lesson")
    placed_by = ("list",)
    lines = ("text",)

    class Meta:
        model = Lesson
        fields = Lesson.content


@row_form_for("recommendation")
class RecommendationForm(RowForm):
    """An advice, under a domain; common ones are suggested."""

    template = "postmortems/rows/recommendation.html"
    add_label = gettext_lazy("Add a recommendation")
    edit_label = gettext_lazy("Edit the recommendation")
    lines = ("text",)
    suggested = {
        "domain": (
            gettext_lazy("Monitoring"),
            gettext_lazy("Documentation"),
            gettext_lazy("Architecture"),
            gettext_lazy("Process"),
            gettext_lazy("Communication"),
            gettext_lazy("Testing"),
            gettext_lazy("Security"),
        )
    }

    class Meta:
        model = Recommendation
        fields = Recommendation.content
