"""Addresses of the installation."""

from django.urls import include, path

from config import errors, health, language, resume

urlpatterns = [
    path("", include("postmortems.urls")),
    path("actions/", include("actions.urls")),
    path("accounts/", include("allauth.urls")),
    path("language/", language.set_language, name="set_language"),
    path("resume/", resume.resume, name="resume"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
]

handler400 = errors.bad_request
handler403 = errors.permission_denied
handler404 = errors.not_found
handler500 = errors.server_error
