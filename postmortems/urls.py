"""Addresses of incidents, post-mortems and the installation's own pages."""

from django.urls import path, register_converter

from postmortems.models.identifiers import IDENTIFIER_LENGTH
from postmortems.views import (
    guide,
    history,
    home,
    incidents,
    listing,
    people,
    profile,
    reading,
    review,
    rows,
    staff,
    texts,
    timeline,
    workspace,
)


class IdentifierConverter:
    """The random identifier of an incident or a post-mortem."""

    regex = f"[a-z0-9]{{{IDENTIFIER_LENGTH}}}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(IdentifierConverter, "identifier")

app_name = "postmortems"

P = "postmortems/<identifier:identifier>"

urlpatterns = [
    path("", home.home, name="home"),
    path("incidents/declare/", incidents.declare, name="declare"),
    path("incidents/<identifier:identifier>/", incidents.incident, name="incident"),
    path("incidents/<identifier:identifier>/edit/", incidents.incident_edit, name="incident-edit"),
    path("incidents/<identifier:identifier>/start/", incidents.postmortem_start, name="postmortem-start"),
    path("postmortems/", listing.postmortem_list, name="list"),
    path(f"{P}/", reading.read, name="read"),
    path(f"{P}.md", reading.markdown, name="markdown"),
    path(f"{P}/preview/", reading.preview, name="preview"),
    path(f"{P}/files/<str:name>", reading.attachment, name="attachment"),
    path(f"{P}/edit/", workspace.whole, name="edit"),
    path(f"{P}/edit/<str:section>/", workspace.section, name="section"),
    path(f"{P}/panel/", workspace.panel, name="panel"),
    path(f"{P}/texts/<str:key>/", texts.text_save, name="text-save"),
    path(f"{P}/render/", texts.text_preview, name="text-preview"),
    path(f"{P}/rows/<str:kind>/add/", rows.row_add, name="row-add"),
    path(f"{P}/rows/<str:kind>/<int:pk>/", rows.row_show, name="row-show"),
    path(f"{P}/rows/<str:kind>/<int:pk>/edit/", rows.row_edit, name="row-edit"),
    path(f"{P}/rows/<str:kind>/<int:pk>/move/", rows.row_move, name="row-move"),
    path(f"{P}/rows/<str:kind>/<int:pk>/delete/", rows.row_delete, name="row-delete"),
    path(f"{P}/rows/<str:kind>/<int:pk>/restore/", rows.row_restore, name="row-restore"),
    path(f"{P}/timeline/quick/", timeline.quick_entry, name="timeline-quick"),
    path(f"{P}/timeline/paste/", timeline.paste, name="timeline-paste"),
    path(f"{P}/timeline/strip/", timeline.strip, name="timeline-strip"),
    path(f"{P}/people/", people.people, name="people"),
    path(f"{P}/properties/", people.properties, name="properties"),
    path(f"{P}/review/", review.review, name="review"),
    path(f"{P}/review/transition/<str:name>/", review.transition, name="transition"),
    path(f"{P}/review/approve/", review.approve, name="approve"),
    path(f"{P}/review/challenges/", review.challenge_add, name="challenge-add"),
    path(f"{P}/review/challenges/<int:pk>/answer/", review.challenge_answer, name="challenge-answer"),
    path(f"{P}/review/challenges/<int:pk>/settle/", review.challenge_settle, name="challenge-settle"),
    path(f"{P}/review/form/", review.review_form, name="review-form"),
    path(f"{P}/review/form/<int:pk>/settle/", review.objection_settle, name="objection-settle"),
    path(f"{P}/review/decisions/<str:about>/", review.decision, name="decision"),
    path(f"{P}/history/", history.history, name="history"),
    path("guide/", guide.guide, name="guide"),
    path("guide/<slug:page>/", guide.guide, name="guide-page"),
    path("profile/", profile.profile, name="profile"),
    path("staff/", staff.index, name="staff"),
    path("staff/users/add/", staff.user_add, name="staff-user-add"),
    path("staff/users/<int:pk>/", staff.user_edit, name="staff-user-edit"),
    path("staff/services/add/", staff.service_add, name="staff-service-add"),
    path("staff/services/<int:pk>/", staff.service_edit, name="staff-service-edit"),
    path("staff/organisation/", staff.organisation, name="staff-organisation"),
    path("staff/severities/", staff.severities, name="staff-severities"),
]
