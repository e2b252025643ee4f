"""Addresses of the installation."""

from allauth.account import views as account
from allauth.socialaccount import views as provider
from django.urls import include, path, re_path

from config import auth, errors, health, language, resume

# What the product uses of allauth, under the names that it looks for. An account's address is for staff
# to administer: nothing here changes it, and nobody signs up by form.
accounts = [
    path("login/", account.login, name="account_login"),
    path("logout/", account.logout, name="account_logout"),
    path("inactive/", account.account_inactive, name="account_inactive"),
    path("password/change/", account.password_change, name="account_change_password"),
    path("password/set/", account.password_set, name="account_set_password"),
    path("password/reset/", account.password_reset, name="account_reset_password"),
    path("password/reset/done/", account.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        account.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path(
        "password/reset/key/done/",
        account.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    path("oidc/<str:provider_id>/login/", auth.provider_login, name="openid_connect_login"),
    path("oidc/<str:provider_id>/login/callback/", auth.provider_callback, name="openid_connect_callback"),
    path("oidc/cancelled/", provider.login_cancelled, name="socialaccount_login_cancelled"),
]

urlpatterns = [
    path("", include("postmortems.urls")),
    path("actions/", include("actions.urls")),
    path("accounts/", include(accounts)),
    path("language/", language.set_language, name="set_language"),
    path("resume/", resume.resume, name="resume"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
]

handler400 = errors.bad_request
handler403 = errors.permission_denied
handler404 = errors.not_found
handler429 = errors.too_many_requests
handler500 = errors.server_error
