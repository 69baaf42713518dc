"""The pages: what stands where, what is never left out, and that they read the document and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest

from cdss.case import load_case
from cdss.consult import Question, consult
from cdss.decision import Decision, Label, Standing
from cdss.explain import explain_therapy
from cdss.facts.direct import facts_from_mapping
from cdss.facts.sheet import FactSheet
from cdss.locations import cases_folder
from cdss.reports.compare import changed_options, render_comparison
from cdss.reports.page import Line, Page
from cdss.reports.parts import NOTICE, label_text, option_title
from cdss.reports.phrases import (
    LABEL_WORD,
    PROVENANCE_NOTE,
    STANCE_WORD,
    STANDING_MEANS,
    STANDING_TITLE,
    STANDING_WORD,
    body_name,
    counted,
)
from cdss.reports.replay import render_replay
from cdss.reports.text import render_text
from cdss.reports.why import render_why
from cdss.rule import Provenance, Stance
from tests.patients import engine as real_engine
from tests.patients import library as real_library
from tests.small_world import decision_of, evaluation_of, small_case, small_engine, small_library

FACTS: dict[str, Any] = {
    "age_years": 25,
    "extent": "metastatic",
    "progression": "documented",
    "ki67_highest_percent": 10,
    "tempo": "rapid",
    "sstr_status": "negative",
    "declined": ["epsirubicin"],
    "fit_for_major_surgery": True,
}


def flat(page: Page) -> str:
    """The page as one line, so that nothing depends on where lines break."""
    return " ".join(page.text().split())


def page_of(facts: Mapping[str, Any] = FACTS, *, full: bool = False, width: int = 100) -> str:
    return flat(render_text(decision_of(facts), width, full=full))


def noe(point: str, as_of: date | None = None) -> Decision:
    return consult(real_engine(), load_case("noe-2016", cases_folder()), Question(point, as_of)).decision


# ── a page in the making ─────────────────────────────────────────────────────────────────────


def test_a_paragraph_is_wrapped_and_its_later_lines_hang() -> None:
    page = Page(20)
    page.write("one two three four five six", indent=2, hang=4)
    assert page.text() == "  one two three four\n    five six\n"


def test_a_word_longer_than_the_line_is_broken() -> None:
    page = Page(20)
    page.write("https://example.org/a-very-long-address", indent=2)
    assert max(len(line.text) for line in page.lines) <= 20
    assert page.text().replace("\n", "").replace(" ", "") == "https://example.org/a-very-long-address"


def test_there_are_never_two_empty_lines_and_none_at_the_top() -> None:
    page = Page(20)
    page.blank()
    page.heading("FIRST")
    page.blank()
    page.heading("SECOND")
    assert [line.text for line in page.lines] == ["FIRST", "", "SECOND"]


def test_a_label_stands_in_the_margin() -> None:
    page = Page(24)
    page.labelled("for", "one two three four", room=6)
    assert page.text() == "for   one two three four\n"


def test_two_texts_share_a_line_where_they_fit_and_two_lines_where_not() -> None:
    page = Page(20)
    page.split("left", "right")
    page.split("a long text on the left", "right")
    assert page.text() == "left           right\na long text on the\n  left\n  right\n"


def test_no_line_ends_in_blanks_and_the_page_ends_in_one_newline() -> None:
    page = Page(20)
    page.lines.append(Line("text   "))
    assert page.text() == "text\n"


# ── words ────────────────────────────────────────────────────────────────────────────────────


def test_every_standing_label_stance_and_provenance_has_its_words() -> None:
    for words in (STANDING_TITLE, STANDING_WORD, STANDING_MEANS):
        assert set(words) == set(Standing)
    assert set(LABEL_WORD) == set(Label)
    assert set(STANCE_WORD) == set(Stance)
    assert set(PROVENANCE_NOTE) == set(Provenance)


def test_a_body_is_written_as_it_writes_itself() -> None:
    assert [body_name(b) for b in ("enets", "ukinets", "evidence", "north")] == ["ENETS", "UKI NETS", "study", "NORTH"]


def test_one_is_not_many() -> None:
    assert (counted(1, "option"), counted(2, "option"), counted(0, "option")) == ("1 option", "2 options", "0 options")


# ── the page of a decision ───────────────────────────────────────────────────────────────────


def test_what_could_change_everything_comes_first_then_options_by_standing() -> None:
    out = page_of()
    order = [
        "SETTLE FIRST",
        "ALERTS",
        "OPTION",
        "CONDITIONAL",
        "UNDETERMINED",
        "DECLINED BY THE PATIENT",
        "NOT INDICATED",
        "NOT ADDRESSED",
        NOTICE,
    ]
    places = [out.index(f"{title} ") if title != NOTICE else out.index(NOTICE) for title in order]
    assert places == sorted(places)


def test_a_critical_alert_is_the_first_thing_to_settle_with_what_it_asks_for() -> None:
    first = page_of().partition("SETTLE FIRST")[2]
    assert (
        first.index("1 The lesions no longer take up the tracer.")
        < first.index("FDG-PET; ECOG")
        < first.index("decides")
    )


def test_alerts_of_lesser_weight_stand_below_with_a_mark() -> None:
    out = page_of()
    alerts = out.partition("ALERTS")[2]
    assert alerts.index("! The performance status is not recorded.") < alerts.index(
        "· The patient is younger than most"
    )


def test_missing_facts_name_the_options_they_decide() -> None:
    out = page_of({"tempo": "unknown"})
    assert "Imaging: tempo decides 3 options: Betanib, Deltaplatin, Epsirubicin" in out


def test_the_rest_of_many_missing_facts_is_counted() -> None:
    out = flat(render_text(noe("chemotherapy-declined")))
    assert "that fewer options wait for, named there" in out


@pytest.mark.parametrize("therapy", small_library().therapies.therapies)
def test_every_therapy_stands_on_the_page(therapy: str) -> None:
    assert small_library().therapies.therapies[therapy].name in page_of()


def test_an_option_shows_its_label_in_every_jurisdiction() -> None:
    out = page_of({**FACTS, "functional_status": "non_functioning"})
    assert "Alfanib EMA on label · FDA on label" in out
    assert "Ablation no drug label" in out
    assert "Betanib EMA off label · FDA label undetermined" in out


def test_a_conditional_option_says_what_it_would_be_and_what_settles_it() -> None:
    out = page_of().partition("CONDITIONAL")[2].partition("UNDETERMINED")[0]
    assert "would be recommended, once nothing unknown can rule it out" in out
    assert "settles ECOG" in out


def test_support_from_memory_alone_is_called_unconfirmed() -> None:
    out = page_of().partition("UNDETERMINED")[2].partition("DECLINED")[0]
    assert "only statements recalled from memory favour it; none was confirmed at its source" in out
    assert "recalled, unconfirmed" in out


def test_a_declined_option_says_what_it_would_be() -> None:
    out = page_of().partition("DECLINED BY THE PATIENT")[2]
    assert out.index("Epsirubicin") < out.index("would be undetermined")


def test_an_option_ruled_out_says_why_and_on_which_fact() -> None:
    out = page_of().partition("NOT INDICATED")[2]
    assert "Gamma-Lu because Without uptake the radioligand has no target." in out
    assert "SSTR status: no relevant uptake (2021-03-01)" in out


def test_what_somebody_would_favour_is_said_beside_what_rules_it_out() -> None:
    facts = {"sstr_status": "positive", "creatinine_clearance_ml_min": 20}
    assert "although NORTH would otherwise favour it" in page_of(facts)


def test_opposed_sources_are_said_to_differ() -> None:
    out = page_of({**FACTS, "ecog": 3})
    assert "DISPUTED" in out
    assert "differ" in out.partition("DISPUTED")[2].partition("UNDETERMINED")[0]


def test_a_statement_brings_its_body_strength_source_and_figures() -> None:
    out = page_of({**FACTS, "ecog": 1})
    assert "NORTH A recommends it (Nord 2015): Alfanib is recommended once the disease progresses." in out
    assert "[n = 39, PFS months 29.9 v 6.6]" in out


def test_what_is_done_before_the_start_is_told_with_its_reason_and_what_to_obtain() -> None:
    out = page_of({**FACTS, "ecog": 1})
    assert "at start The virus can return under alfanib" in out
    assert "→ hepatitis serology" in out


def test_full_says_the_rest_in_its_own_words() -> None:
    brief, full = page_of(), page_of(full=True)
    sentence = "Alfanib is not advised in patients who spend the day in bed."
    assert sentence not in brief
    assert sentence in full


def test_the_notice_that_every_report_ends_with_says_that_no_clinician_reviewed_the_rules() -> None:
    assert NOTICE.endswith("No rule has been reviewed by a named clinician yet.")


def test_nothing_is_presented_as_reviewed_that_is_not() -> None:
    out = page_of()
    assert "No rule has been reviewed by a named clinician yet." in out
    assert NOTICE in out
    assert small_library().digest[:12] in out


def test_a_patient_without_facts_still_gets_a_page() -> None:
    out = page_of({})
    assert "UNDETERMINED" in out
    assert "NOT ADDRESSED" in out


def test_options_are_never_numbered_or_ranked() -> None:
    for decision in (noe("chemotherapy-declined"), noe("chemotherapy-declined", date(2026, 11, 1))):
        text = flat(render_text(decision, full=True)).lower()
        for word in ("best option", "first choice", "scored", "ranked"):
            assert word not in text


def test_the_page_reads_the_document_and_nothing_else() -> None:
    for decision in (decision_of(FACTS), noe("chemotherapy-declined"), noe("three-months", date(2026, 11, 1))):
        again = Decision.model_validate_json(decision.to_json())
        for full in (False, True):
            assert render_text(again, full=full).text() == render_text(decision, full=full).text()
        assert render_replay([again]).text() == render_replay([decision]).text()


@pytest.mark.parametrize("width", [60, 80, 100, 120])
def test_no_line_is_wider_than_the_page(width: int) -> None:
    for decision in (decision_of(FACTS), noe("chemotherapy-declined"), noe("off-therapy", date(2026, 11, 1))):
        for full in (False, True):
            for page in (render_text(decision, width, full=full), render_replay([decision], width, full=full)):
                assert max(len(line.text) for line in page.lines) <= width


# ── small pieces ─────────────────────────────────────────────────────────────────────────────


def test_a_title_says_when_the_therapy_is_meant_for_symptoms() -> None:
    decision = decision_of({"symptoms": ["flushing"], "tempo": "rapid"})
    assert sorted(option_title(o) for o in decision.options if o.therapy == "betanib") == [
        "Betanib",
        "Betanib (for symptoms)",
    ]


def test_a_label_is_written_once_where_there_can_be_none() -> None:
    found = decision_of(FACTS).option("ablation")
    assert found is not None
    assert label_text(found) == "no drug label"


# ── two decisions beside each other ──────────────────────────────────────────────────────────


def test_a_comparison_shows_facts_options_labels_and_alerts_that_differ() -> None:
    before, after = decision_of(FACTS), decision_of({**FACTS, "ecog": 1, "functional_status": "non_functioning"})
    out = flat(render_comparison(before, after))
    assert "ECOG unknown → 1" in out
    assert "functional status unknown → non-functioning" in out
    assert "Alfanib conditional (would be recommended) → recommended" in out
    assert "EMA label undetermined → on label; FDA label undetermined → on label" in out
    assert "ALERTS THAT GO · The performance status is not recorded." in out
    assert "ALERTS THAT APPEAR" not in out


def test_a_comparison_of_the_same_says_that_nothing_moves() -> None:
    out = flat(render_comparison(decision_of(FACTS), decision_of(FACTS)))
    assert "OPTIONS THAT MOVE none" in out


def test_an_option_that_comes_or_goes_is_shown_as_not_addressed() -> None:
    out = flat(render_comparison(decision_of({**FACTS, "tempo": "slow"}), decision_of(FACTS)))
    assert "Betanib not addressed → option" in out


def test_the_changes_as_data_name_standing_and_label() -> None:
    changes = changed_options(decision_of(FACTS), decision_of({**FACTS, "ecog": 1}))
    (change,) = [c for c in changes if c["therapy"] == "alfanib"]
    assert (change["before"], change["after"], change["intent"]) == ("conditional", "recommended", "antiproliferative")
    assert changed_options(decision_of(FACTS), decision_of(FACTS)) == []


# ── all points of a record ───────────────────────────────────────────────────────────────────


def replayed() -> list[Decision]:
    return [
        consult(small_engine(), small_case("recorded"), Question(p)).decision for p in ("first", "grown", "refused")
    ]


def test_a_replay_shows_only_what_is_new_among_the_alerts() -> None:
    sections = flat(render_replay(replayed())).split(" ── ")
    assert "The performance status is not recorded." in sections[1]
    assert "The lesions no longer take up the tracer." in sections[2]
    assert "The performance status is not recorded." not in sections[2]
    assert "and 1 alert as at the point before" in sections[2]
    assert "and 2 alerts as at the point before" in sections[3]


def test_a_replay_groups_options_by_standing_with_label_and_caveat() -> None:
    last = flat(render_replay(replayed())).rpartition("refused")[2]
    assert "Declined Deltaplatin (otherwise undetermined" in last
    assert "Not indicated Gamma-Lu" in last


def test_a_full_replay_prints_every_page_whole() -> None:
    assert flat(render_replay(replayed(), full=True)).count("NOT ADDRESSED") == 3


# ── one therapy explained ────────────────────────────────────────────────────────────────────


def why(facts: Mapping[str, Any], therapy: str) -> str:
    evaluation = evaluation_of(facts)
    return flat(render_why(evaluation.decision, explain_therapy(evaluation, small_library(), therapy)))


def test_the_explanation_marks_tests_that_hold_fail_or_are_open() -> None:
    out = why({**FACTS, "progression": "none"}, "alfanib")
    assert "✗ progression: progression documented — recorded: no progression, observed 2021-03-01" in out
    assert "? ECOG at least 3 — recorded: not recorded" in out
    assert "✓ extent: locally advanced or metastatic — recorded: metastatic" in out


def test_the_explanation_lists_rules_that_apply_may_apply_and_do_not() -> None:
    out = why(FACTS, "alfanib")
    assert out.index("APPLIES these rules speak") < out.index("MAY APPLY") < out.index("WHAT WOULD CHANGE IT")
    assert "DOES NOT APPLY each test that fails" in why({"tempo": "slow"}, "betanib")


def test_the_explanation_names_every_rule_with_its_source() -> None:
    out = why(FACTS, "alfanib")
    for rule in ("north.growth.alfanib", "south.growth.alfanib-unfit", "ema.growth.alfanib", "fda.growth.alfanib"):
        assert f"rule {rule}" in out
    assert "Nord 2015, page 2, doi:10.1000/north" in out


def test_the_explanation_says_what_would_change_it() -> None:
    out = why(FACTS, "alfanib").partition("WHAT WOULD CHANGE IT")[2]
    assert "recommended (for tumour control) if · ECOG" in out
    assert "disputed (for tumour control) if · ECOG" in out


def test_a_therapy_nobody_speaks_of_says_so() -> None:
    out = why({}, "zetamab")
    assert "not addressed" in out
    assert "no single fact would" in out


# ── what is no option and is named all the same ──────────────────────────────────────────────


def real_decision(**facts: Any) -> Decision:
    """What the bundled rules say on 2026-11-01 to a patient of whom these facts are known."""
    sheet = FactSheet.of_values(facts_from_mapping(facts, real_library().vocabulary))
    day = date(2026, 11, 1)
    return real_engine().evaluate(sheet, case="made up", on=day, as_of=day).decision


VHL_METASTATIC = {
    "primary_site": "pancreas",
    "net_grade_highest": 2,
    "differentiation": "well",
    "extent": "metastatic",
    "hereditary_syndrome": "vhl",
    "resectable": False,
    "functional_status": "non_functioning",
    "age_years": 40,
    "pregnancy": "not_possible",
    "local_procedures_unsuitable": True,
    "immediate_surgery_needed": False,
}


def test_a_labelled_drug_that_nobody_favours_is_mentioned_with_its_label_and_with_what_is_said_of_it() -> None:
    decision = real_decision(**VHL_METASTATIC)
    assert decision.option("belzutifan") is None
    (mention,) = [m for m in decision.mentions if m.therapy == "belzutifan"]
    assert mention.label == {"ema": Label.ON_LABEL, "fda": Label.ON_LABEL}
    assert any(said.stance is Stance.NEUTRAL and said.body == "enets" for said in mention.statements)
    page = flat(render_text(decision))
    assert "MENTIONED nobody favours or opposes these here" in page
    assert "Belzutifan EMA on label · FDA on label" in page
    assert "Belzutifan" not in page.split("NOT ADDRESSED")[1]


def test_a_mentioned_therapy_is_no_option_and_counts_as_not_addressed() -> None:
    decision = real_decision(**VHL_METASTATIC)
    mentioned = [m.therapy for m in decision.mentions]
    assert mentioned == sorted(mentioned)
    assert set(mentioned) <= set(decision.not_addressed)


def test_options_of_which_the_same_is_said_stand_apart_when_their_labels_differ() -> None:
    decision = real_decision(primary_site="stomach")
    first, second = decision.option("lanreotide"), decision.option("octreotide_lar")
    assert first is not None
    assert second is not None
    heard = [{(s.rule, s.truth) for s in (*o.statements, *o.cautions) if s.stance.favours} for o in (first, second)]
    assert heard[0] == heard[1]
    assert first.label != second.label
    page = flat(render_text(decision))
    for option in (first, second):
        assert f"{option.name} {label_text(option)}" in page


def test_the_header_names_what_decides_and_stands_nowhere_else() -> None:
    page = page_of_real(hereditary_syndrome="vhl", pregnancy="confirmed", biomarkers=["ret_fusion"], ecog=1)
    assert "ALSO ECOG performance status 1; hereditary syndrome von Hippel-Lindau disease; biomarkers" in page
    assert "pregnancy confirmed" in page
    assert "ALSO" not in page_of_real(hereditary_syndrome="none", pregnancy="excluded")


def page_of_real(**facts: Any) -> str:
    return flat(render_text(real_decision(**facts)))


CARCINOID_SYNDROME = {"functional_status": "functioning", "functional_syndrome": "carcinoid_syndrome"}


def test_a_drug_labelled_country_by_country_is_not_called_off_label_in_europe() -> None:
    decision = real_decision(primary_site="ileum", **CARCINOID_SYNDROME)
    lanreotide, everolimus = decision.option("lanreotide"), decision.option("everolimus")
    assert lanreotide is not None
    assert everolimus is not None
    assert label_text(lanreotide).startswith("EMA no central label · FDA ")
    assert label_text(everolimus).startswith("EMA off label · FDA ")
    asked = everolimus.model_copy(update={"label": {"ema": Label.OFF_LABEL, "eu_national": Label.INDETERMINATE}})
    assert label_text(asked) == "EMA off label · EU national label undetermined"
