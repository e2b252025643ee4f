"""The one door: strangers learn nothing, lists follow the same rule."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.http import Http404
from django.test.utils import CaptureQueriesContext

from postmortems.domain.document import Role
from postmortems.domain.status import Ability
from postmortems.models import Incident, Postmortem
from postmortems.permissions import access_postmortem, visible_incidents, visible_postmortems
from tests.factories import IncidentFactory, postmortem_with_roles

pytestmark = pytest.mark.django_db


def test_an_internal_document_opens_to_everyone_with_the_roles_they_hold() -> None:
    cast = postmortem_with_roles()
    assert access_postmortem(cast.reader, cast.postmortem.pk).roles == frozenset()
    assert access_postmortem(cast.sme, cast.postmortem.pk).roles == {Role.SME}


def test_a_restricted_document_does_not_exist_for_others() -> None:
    cast = postmortem_with_roles(visibility=Postmortem.RESTRICTED)
    assert access_postmortem(cast.participant, cast.postmortem.pk).may(Ability.EDIT)
    for user in (cast.outsider, AnonymousUser()):
        with pytest.raises(Http404):
            access_postmortem(user, cast.postmortem.pk)


def test_staff_do_not_see_restricted_documents_either() -> None:
    cast = postmortem_with_roles(visibility=Postmortem.RESTRICTED)
    cast.outsider.is_staff = cast.outsider.is_superuser = True
    cast.outsider.save()
    with pytest.raises(Http404):
        access_postmortem(cast.outsider, cast.postmortem.pk)


def test_lists_show_what_the_door_opens() -> None:
    shown = postmortem_with_roles()
    hidden = postmortem_with_roles(visibility=Postmortem.RESTRICTED)
    bare = IncidentFactory()
    assert set(visible_postmortems(hidden.lead)) == {shown.postmortem, hidden.postmortem}
    assert set(visible_postmortems(hidden.outsider)) == {shown.postmortem}
    assert set(visible_incidents(hidden.outsider)) == {
        bare,
        Incident.objects.get(postmortem=shown.postmortem),
    }


def test_an_ability_that_is_lacking_is_refused_by_name() -> None:
    cast = postmortem_with_roles()
    with pytest.raises(PermissionDenied, match="edit"):
        access_postmortem(cast.reader, cast.postmortem.pk).require(Ability.EDIT)


def test_the_door_costs_one_query() -> None:
    cast = postmortem_with_roles()
    with CaptureQueriesContext(connection) as queries:
        access = access_postmortem(cast.author, cast.postmortem.pk)
        assert access.postmortem.incident.title
    assert len(queries) == 1
