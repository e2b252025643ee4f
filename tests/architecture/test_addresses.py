"""Which addresses answer without sign-in; every other one asks for it first."""

from collections.abc import Iterator

from django.urls import URLPattern, URLResolver, get_resolver

PUBLIC = {
    "healthz",
    "readyz",
    "set_language",
    "account_inactive",
    "account_login",
    "account_logout",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key",
    "account_reset_password_from_key_done",
    "openid_connect_callback",
    "openid_connect_login",
    "socialaccount_login_cancelled",
}


def patterns(resolver: URLResolver, namespace: str = "") -> Iterator[tuple[str, URLPattern]]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            yield from patterns(entry, f"{namespace}{entry.namespace}:" if entry.namespace else namespace)
        else:
            yield f"{namespace}{entry.name or entry.pattern}", entry


def test_only_these_addresses_answer_strangers() -> None:
    found = {
        name
        for name, entry in patterns(get_resolver())
        if not getattr(entry.callback, "login_required", True)
    }
    assert found == PUBLIC
