"""What is fixed is rendered once for each language and each value that it depends on."""

from django.template import engines
from django.utils import translation


def shown(source: str, *contexts: dict[str, object]) -> list[str]:
    template = engines["django"].from_string("{% load fixed %}" + source)
    return [template.render(context) for context in contexts]


def test_what_is_fixed_is_rendered_once_for_each_value() -> None:
    people = [{"staff": staff, "name": name} for staff, name in ((True, "a"), (False, "b"), (True, "c"))]
    assert shown("{% fixed staff %}{{ name }}{% endfixed %}", *people) == ["a", "b", "a"]


def test_a_value_may_be_missing() -> None:
    assert shown("{% fixed user.is_staff %}x{% endfixed %}", {}, {"user": None}) == ["x", "x"]


def test_each_language_has_its_own() -> None:
    template = engines["django"].from_string(
        "{% load fixed i18n %}{% fixed %}{% get_current_language as code %}{{ code }}{% endfixed %}"
    )
    found = []
    for language in ("en", "fr", "en"):
        with translation.override(language):
            found.append(template.render({}))
    assert found == ["en", "fr", "en"]
