"""The combination rule: which of the nine cases matches first, and the law that lost knowledge opens nothing."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdss.combine import Outcome, Voice, combine
from cdss.decision import Standing
from cdss.rule import Provenance, Stance
from cdss.values import Truth

YES, NO, UNKNOWN = Truth.YES, Truth.NO, Truth.UNKNOWN


def voice(
    stance: Stance,
    truth: Truth = YES,
    *,
    rule: str | None = None,
    body: str = "enets",
    provenance: Provenance = Provenance.READ,
) -> Voice:
    return Voice(rule or f"{body}.{stance.value}.{truth.value}", body, stance, truth, provenance)


def standing(*voices: Voice, declined: bool = False) -> Standing | None:
    outcome = combine(voices, declined=declined)
    return outcome.standing if outcome else None


def outcome(*voices: Voice, declined: bool = False) -> Outcome:
    found = combine(voices, declined=declined)
    assert found is not None
    return found


RECOMMEND, CONSIDER, AVOID = voice(Stance.RECOMMEND), voice(Stance.CONSIDER), voice(Stance.AVOID)


@pytest.mark.parametrize("other", [RECOMMEND, CONSIDER, AVOID, voice(Stance.INELIGIBLE), voice(Stance.CAUTION)])
def test_a_contraindication_outweighs_every_other_stance(other: Voice) -> None:
    assert standing(voice(Stance.CONTRAINDICATE), other) is Standing.CONTRAINDICATED


def test_a_contraindication_is_not_softened_by_a_refusal() -> None:
    assert standing(voice(Stance.CONTRAINDICATE), declined=True) is Standing.CONTRAINDICATED


def test_a_recalled_contraindication_blocks_and_says_that_it_is_unconfirmed() -> None:
    found = outcome(RECOMMEND, voice(Stance.CONTRAINDICATE, provenance=Provenance.RECALLED))
    assert (found.standing, found.unconfirmed) == (Standing.CONTRAINDICATED, True)


def test_somebody_who_is_no_candidate_is_not_indicated_even_when_recommended() -> None:
    found = outcome(RECOMMEND, voice(Stance.INELIGIBLE))
    assert (found.standing, found.disagreement) == (Standing.NOT_INDICATED, True)


@pytest.mark.parametrize(
    ("voices", "would_be"),
    [
        ((RECOMMEND,), Standing.RECOMMENDED),
        ((CONSIDER,), Standing.OPTION),
        ((RECOMMEND, AVOID), Standing.DISPUTED),
        ((RECOMMEND, voice(Stance.AVOID, UNKNOWN)), Standing.CONDITIONAL),
        ((voice(Stance.CONSIDER, UNKNOWN),), Standing.UNDETERMINED),
        ((AVOID,), Standing.ADVISED_AGAINST),
    ],
)
def test_a_refusal_shows_where_the_therapy_would_stand_without_it(
    voices: tuple[Voice, ...], would_be: Standing
) -> None:
    assert standing(*voices) is would_be
    found = outcome(*voices, declined=True)
    assert (found.standing, found.would_be) == (Standing.DECLINED, would_be)


def test_a_refused_therapy_of_which_nobody_speaks_is_not_listed() -> None:
    assert combine([], declined=True) is None


def test_favour_and_advice_against_that_both_surely_apply_are_a_dispute() -> None:
    found = outcome(CONSIDER, AVOID)
    assert (found.standing, found.disagreement) == (Standing.DISPUTED, True)


@pytest.mark.parametrize("stance", [Stance.PREFER, Stance.RECOMMEND])
def test_a_sure_recommendation_with_every_block_surely_absent_recommends(stance: Stance) -> None:
    blocks = [voice(s, NO) for s in (Stance.CONTRAINDICATE, Stance.INELIGIBLE, Stance.AVOID)]
    assert standing(voice(stance), *blocks) is Standing.RECOMMENDED


@pytest.mark.parametrize("stance", [Stance.CONSIDER, Stance.INVESTIGATIONAL])
def test_weaker_support_makes_an_option(stance: Stance) -> None:
    assert standing(voice(stance)) is Standing.OPTION


def test_a_published_study_makes_an_option_however_strong_its_stance() -> None:
    assert standing(voice(Stance.RECOMMEND, body="evidence")) is Standing.OPTION


def test_a_caution_neither_makes_nor_unmakes_an_option() -> None:
    assert standing(voice(Stance.CAUTION)) is None
    assert standing(CONSIDER, voice(Stance.CAUTION), voice(Stance.CAUTION, UNKNOWN)) is Standing.OPTION


@pytest.mark.parametrize("block", [Stance.CONTRAINDICATE, Stance.INELIGIBLE, Stance.AVOID])
@pytest.mark.parametrize("provenance", list(Provenance))
def test_an_open_block_makes_a_supported_option_conditional(block: Stance, provenance: Provenance) -> None:
    found = outcome(RECOMMEND, voice(block, UNKNOWN, rule="open", provenance=provenance))
    assert (found.standing, found.would_be, found.open) == (Standing.CONDITIONAL, Standing.RECOMMENDED, ("open",))


def test_support_that_may_apply_leaves_the_option_undetermined_and_names_what_is_open() -> None:
    found = outcome(voice(Stance.RECOMMEND, UNKNOWN, rule="a"), voice(Stance.AVOID, UNKNOWN, rule="b"))
    assert (found.standing, found.open, found.unconfirmed) == (Standing.UNDETERMINED, ("a", "b"), False)


def test_support_from_memory_alone_never_suggests() -> None:
    found = outcome(voice(Stance.RECOMMEND, provenance=Provenance.RECALLED))
    assert (found.standing, found.unconfirmed) == (Standing.UNDETERMINED, True)


def test_advice_against_with_favour_still_possible_is_undetermined() -> None:
    assert standing(AVOID, voice(Stance.CONSIDER, UNKNOWN)) is Standing.UNDETERMINED


def test_advice_against_alone_advises_against() -> None:
    assert standing(AVOID) is Standing.ADVISED_AGAINST


@pytest.mark.parametrize("stance", [Stance.NEUTRAL, Stance.CAUTION])
def test_a_body_that_takes_no_side_addresses_nothing(stance: Stance) -> None:
    assert standing(voice(stance)) is None


# ── laws over every combination of voices ────────────────────────────────────────────────────

voices = st.lists(
    st.builds(
        Voice,
        rule=st.sampled_from([f"rule{i}" for i in range(6)]),
        body=st.sampled_from(["enets", "evidence", "safety"]),
        stance=st.sampled_from(list(Stance)),
        truth=st.sampled_from(list(Truth)),
        provenance=st.sampled_from(list(Provenance)),
    ),
    max_size=6,
    unique_by=lambda v: v.rule,
)
SUGGESTED = {Standing.RECOMMENDED, Standing.OPTION}


@given(voices, st.data(), st.booleans())
def test_making_answers_unknown_never_suggests_a_therapy(
    said: list[Voice], data: st.DataObject, declined: bool
) -> None:
    lost = data.draw(st.lists(st.booleans(), min_size=len(said), max_size=len(said)))
    vaguer = [
        Voice(v.rule, v.body, v.stance, UNKNOWN if gone else v.truth, v.provenance)
        for v, gone in zip(said, lost, strict=True)
    ]
    if standing(*vaguer, declined=declined) in SUGGESTED:
        assert standing(*said, declined=declined) in SUGGESTED


@given(voices, st.booleans(), st.sampled_from([Stance.CONTRAINDICATE, Stance.INELIGIBLE, Stance.AVOID]))
def test_one_more_voice_against_never_suggests_a_therapy(said: list[Voice], declined: bool, block: Stance) -> None:
    more = [*said, voice(block, rule="more")]
    assert standing(*more, declined=declined) not in SUGGESTED


@given(voices, st.booleans())
def test_the_order_of_the_voices_changes_nothing(said: list[Voice], declined: bool) -> None:
    assert combine(said, declined=declined) == combine(list(reversed(said)), declined=declined)


@given(voices)
def test_every_conditional_or_undetermined_therapy_names_what_would_settle_it(said: list[Voice]) -> None:
    found = combine(said, declined=False)
    if found and found.standing in (Standing.CONDITIONAL, Standing.UNDETERMINED):
        assert found.open or found.unconfirmed


def test_exactly_one_case_matches_for_every_pair_of_stances_and_answers() -> None:
    for (s1, t1), (s2, t2) in itertools.product(itertools.product(Stance, Truth), repeat=2):
        found = standing(voice(s1, t1, rule="1"), voice(s2, t2, rule="2"))
        assert found is None or found in Standing
