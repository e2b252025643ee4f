"""Where a why chain leads."""

import pytest

from actions.models import CorrectiveAction
from postmortems.domain.document import Horizon
from postmortems.models import Change, ContributingFactor, Why, WhyChain
from postmortems.selectors.document import load_document
from postmortems.services.causes import link_chain
from postmortems.services.changes import RowConflict
from postmortems.services.rows import add_row
from tests.factories import Cast, PostmortemFactory, postmortem_with_roles


@pytest.fixture
def cast(db: None) -> Cast:
    return postmortem_with_roles()


def chain_of(cast: Cast) -> WhyChain:
    chain = WhyChain(postmortem=cast.postmortem)
    add_row(chain, actor=cast.author)
    add_row(Why(postmortem=cast.postmortem, chain=chain, question="Why?"), actor=cast.author)
    return chain


def action_of(cast: Cast, title: str = "Add an alert") -> CorrectiveAction:
    action = CorrectiveAction(postmortem=cast.postmortem, horizon=Horizon.SHORT, title=title)
    add_row(action, actor=cast.author)
    return action


def linked(cast: Cast) -> bool:
    return load_document(cast.postmortem.pk).root_cause.chains[0].linked


def test_a_chain_leads_to_a_factor_and_the_history_knows_it(cast: Cast) -> None:
    chain, factor = chain_of(cast), ContributingFactor(postmortem=cast.postmortem, factor="No alert")
    add_row(factor, actor=cast.author)
    link_chain(chain, 1, actor=cast.sme, factor=factor)
    assert linked(cast)
    change = Change.objects.latest("id")
    assert (change.target, change.user, change.after) == (chain.ref, cast.sme, {"factor": factor.pk})


def test_a_chain_leads_to_one_action_at_a_time(cast: Cast) -> None:
    chain, first, second = chain_of(cast), action_of(cast), action_of(cast, "Rotate the key")
    link_chain(chain, 1, actor=cast.author, action=first.pk)
    link_chain(chain, chain.version, actor=cast.author, action=second.pk)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.chain_id, second.chain_id) == (None, chain.pk)
    assert Change.objects.filter(target=second.ref, after={"chain": chain.pk}).exists()
    link_chain(chain, chain.version, actor=cast.author)
    assert not linked(cast)


def test_an_action_of_another_post_mortem_is_out_of_reach(cast: Cast) -> None:
    other = PostmortemFactory()
    action = CorrectiveAction(postmortem=other, horizon=Horizon.SHORT, title="Elsewhere")
    add_row(action, actor=cast.author)
    link_chain(chain_of(cast), 1, actor=cast.author, action=action.pk)
    action.refresh_from_db()
    assert action.chain_id is None


def test_a_lost_race_links_nothing(cast: Cast) -> None:
    chain, action = chain_of(cast), action_of(cast)
    chain.stop_reason = "The supplier does not tell"
    link_chain(chain, 1, actor=cast.author)
    stale = WhyChain.objects.get(pk=chain.pk)
    stale.stop_reason = "Another reason"
    with pytest.raises(RowConflict):
        link_chain(stale, 1, actor=cast.ic, action=action.pk)
    action.refresh_from_db()
    assert action.chain_id is None
