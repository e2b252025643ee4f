"""The factories keep what their names promise."""

import pytest

from postmortems.domain.status import Transition
from postmortems.models import Postmortem
from postmortems.services.review import change_state, evaluate_now
from tests.factories import complete_postmortem

pytestmark = pytest.mark.django_db


def test_a_complete_postmortem_may_be_submitted() -> None:
    cast = complete_postmortem()
    assert evaluate_now(cast.postmortem.pk).report.blocking(Transition.SUBMIT) == ()
    change_state(cast.postmortem, Transition.SUBMIT, actor=cast.author)
    assert Postmortem.objects.get().state == "validation"
