"""The four classes, each with a decision that belongs to it."""

from __future__ import annotations

import pytest

from cdss.decision import Standing
from cdss.minutes.concordance import Concordance, Judged, concordance_of, group, judge
from cdss.minutes.entry import Draft, Entry
from cdss.minutes.override import OverrideReason
from cdss.reports.concordance import concordance_data, draw_concordance, render_concordance
from tests.minutes.board import decision, draft, with_standing


def entry(made: Draft, number: int = 1) -> Entry:
    return Entry(number, "2026-01-01T00:00:00.000Z", made, "")


MIXED = with_standing(
    everolimus=Standing.RECOMMENDED,
    sunitinib=Standing.CONDITIONAL,
    captem=Standing.DISPUTED,
    lanreotide=Standing.CONTRAINDICATED,
)


@pytest.mark.parametrize(
    ("chosen", "condition", "expected"),
    [
        (("everolimus",), None, Concordance.CONCORDANT),
        (("captem",), None, Concordance.CONCORDANT),
        (("everolimus",), "after a biopsy", Concordance.CONDITIONAL),
        (("sunitinib",), None, Concordance.INSUFFICIENT),
        (("everolimus", "sunitinib"), None, Concordance.INSUFFICIENT),
        (("lanreotide",), None, Concordance.NON_CONCORDANT),
        (("everolimus", "lanreotide"), None, Concordance.NON_CONCORDANT),
        (("sirt",), None, Concordance.NON_CONCORDANT),
    ],
)
def test_the_class_follows_from_the_standings_of_what_was_chosen(
    chosen: tuple[str, ...], condition: str | None, expected: Concordance
) -> None:
    assert judge(entry(draft(MIXED, chosen, condition=condition))).class_ is expected


def test_where_nothing_is_sure_an_unnamed_choice_is_a_matter_of_data_and_a_blocked_one_is_not() -> None:
    waiting = with_standing(everolimus=Standing.CONDITIONAL, lanreotide=Standing.CONTRAINDICATED)

    assert judge(entry(draft(waiting, ("sirt",)))).class_ is Concordance.INSUFFICIENT
    assert judge(entry(draft(waiting, ("lanreotide",)))).class_ is Concordance.NON_CONCORDANT


def test_the_seed_patient_lacked_data_for_everolimus_in_2015() -> None:
    assert judge(entry(draft(decision()))).class_ is Concordance.INSUFFICIENT


def test_the_shares_are_those_of_ebben_2022() -> None:
    counts = {"CONCORDANT": 249, "CONDITIONAL": 24, "NON_CONCORDANT": 23, "INSUFFICIENT": 59}
    judged = [Judged(0, "x", Concordance[name], True) for name, count in counts.items() for _ in range(count)]
    judged = [Judged(0, "x", one.class_, number >= 7) if one.class_ is Concordance.NON_CONCORDANT else one
              for number, one in zip((n - 273 for n in range(355)), judged, strict=True)]  # fmt: skip

    found = group("all", judged)

    assert (found.total, found.decidable, found.unmotivated) == (355, 296, 7)
    shares = [round(100 * figure.value, 1) for figure in found.shares.values() if figure]
    assert shares == [84.1, 8.1, 7.8]


def test_kappa_counts_every_option_of_the_decidable_entries() -> None:
    found = concordance_of(
        [entry(draft(MIXED)), entry(draft(MIXED, ("sirt",), override=OverrideReason.OTHER), 2), entry(draft(), 3)]
    )

    assert found.table == ((1, 3), (1, 4))
    assert found.all.unmotivated == 0
    assert found.all.counts[Concordance.INSUFFICIENT] == 1


def test_the_reports_hold_the_counts_by_site_and_stay_well_formed() -> None:
    from xml.etree import ElementTree

    found = concordance_of([entry(draft(MIXED)), entry(draft(MIXED, ("lanreotide",)), 2)])

    text = render_concordance(found).text()
    assert "rectum" in text
    assert "50.0 % (9.5 to 90.5)" in text
    assert "of these not motivated       1" in text
    assert concordance_data(found)["sites"][0]["counts"]["non-concordant"] == 1
    picture = draw_concordance(found)
    assert ElementTree.fromstring(picture).tag.endswith("svg")
    assert "50.0 % (9.5 to 90.5)" in picture


def test_without_any_entry_the_reports_say_so() -> None:
    found = concordance_of([])

    assert "No decision is recorded yet." in render_concordance(found).text()
    assert found.kappa is None
    assert draw_concordance(found).startswith("<svg")
