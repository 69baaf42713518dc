"""What the engine makes of facts and rules: options, labels, alerts, what is missing, and which rules spoke when."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from cdss.decision import Label, Standing
from cdss.engine import Engine
from cdss.errors import CdssError
from cdss.library import load_library
from cdss.rule import Intent, Severity, Stance
from cdss.values import Truth
from tests.small_world import TODAY, copy_of_rules, decision_of, evaluation_of, option_of, small_engine

ANTI, SYMPTOMS = Intent.ANTIPROLIFERATIVE, Intent.SYMPTOM_CONTROL
DAY = timedelta(days=1)
GROWING = {"extent": "metastatic", "progression": "documented", "ki67_highest_percent": 10, "ecog": 1}


# ── labels ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("functional", "expected"),
    [
        ("non_functioning", Label.ON_LABEL),
        ("functioning", Label.OFF_LABEL),
        ("unknown", Label.INDETERMINATE),
    ],
)
def test_a_label_covers_does_not_cover_or_may_cover_the_use(functional: str, expected: Label) -> None:
    option = option_of({**GROWING, "functional_status": functional}, "alfanib")
    assert option.label == {"ema": expected, "fda": expected}


def test_off_label_is_said_only_where_the_list_of_labels_is_complete() -> None:
    option = option_of({"tempo": "rapid"}, "betanib")
    assert option.label == {"ema": Label.OFF_LABEL, "fda": Label.INDETERMINATE}


def test_a_recalled_label_never_says_on_label() -> None:
    option = option_of({"sstr_status": "positive"}, "gammalu")
    assert option.label["fda"] is Label.INDETERMINATE
    assert option.label_rules["fda"] == ("fda.growth.gammalu",)


def test_a_label_for_a_combination_does_not_make_one_drug_of_it_on_label() -> None:
    option = option_of({"tempo": "rapid"}, "deltaplatin")
    assert option.label == {"ema": Label.INDETERMINATE, "fda": Label.OFF_LABEL}


def test_a_drug_of_which_no_list_is_complete_is_never_off_label() -> None:
    option = option_of({"tempo": "rapid"}, "epsirubicin")
    assert option.label == {"ema": Label.INDETERMINATE, "fda": Label.INDETERMINATE}


def test_a_procedure_has_no_label() -> None:
    option = option_of({"fit_for_major_surgery": True}, "ablation")
    assert set(option.label.values()) == {Label.NOT_APPLICABLE}


def test_labels_are_asked_for_each_intent_by_itself() -> None:
    facts = {"symptoms": ["flushing"], "tempo": "rapid"}
    assert option_of(facts, "betanib", SYMPTOMS).label["ema"] is Label.ON_LABEL
    assert option_of(facts, "betanib", ANTI).label["ema"] is Label.OFF_LABEL


@pytest.mark.parametrize(
    ("as_of", "ema", "fda"),
    [
        (date(2016, 2, 25), Label.OFF_LABEL, Label.OFF_LABEL),
        (date(2016, 2, 26), Label.OFF_LABEL, Label.ON_LABEL),
        (date(2016, 5, 25), Label.OFF_LABEL, Label.ON_LABEL),
        (date(2016, 5, 26), Label.ON_LABEL, Label.ON_LABEL),
    ],
)
def test_a_label_begins_on_its_day(as_of: date, ema: Label, fda: Label) -> None:
    option = option_of({**GROWING, "functional_status": "non_functioning"}, "alfanib", as_of=as_of)
    assert option.label == {"ema": ema, "fda": fda}


def test_an_undecided_label_names_its_rule_so_that_a_reader_can_follow_it() -> None:
    option = option_of(GROWING, "alfanib")
    assert option.label_rules == {"ema": ("ema.growth.alfanib",), "fda": ("fda.growth.alfanib",)}


def test_only_the_jurisdictions_asked_for_are_shown() -> None:
    decision = evaluation_of(GROWING, jurisdictions=["fda"]).decision
    assert decision.jurisdictions == ("fda",)
    assert all(set(option.label) == {"fda"} for option in decision.options)


def test_an_unknown_jurisdiction_is_a_clear_error() -> None:
    with pytest.raises(CdssError, match="no labels are known for 'tga'; there are labels for: ema, fda"):
        evaluation_of(GROWING, jurisdictions=["ema", "tga"])


# ── where options stand ──────────────────────────────────────────────────────────────────────


def test_a_recommended_therapy_with_every_block_surely_absent_is_recommended() -> None:
    option = option_of(GROWING, "alfanib")
    assert (option.standing, option.would_be, option.settle, option.missing) == (Standing.RECOMMENDED, None, (), ())


def test_an_open_block_makes_it_conditional_and_names_the_rule_and_the_fact() -> None:
    option = option_of({**GROWING, "ecog": "unknown"}, "alfanib")
    assert (option.standing, option.would_be) == (Standing.CONDITIONAL, Standing.RECOMMENDED)
    assert [(s.rule, s.missing) for s in option.settle] == [("south.growth.alfanib-unfit", ("ecog",))]
    assert option.missing == ("ecog",)


def test_a_straddled_threshold_is_unknown_and_names_its_fact() -> None:
    option = option_of({**GROWING, "ki67_highest_percent": {"from": 15, "to": 25}}, "alfanib")
    assert option.standing is Standing.UNDETERMINED
    assert option.missing == ("ki67_highest_percent",)


def test_favour_and_advice_against_are_disputed_and_a_disagreement() -> None:
    option = option_of({**GROWING, "ecog": 3}, "alfanib")
    assert (option.standing, option.disagreement) == (Standing.DISPUTED, True)
    assert [s.stance for s in option.statements] == [Stance.RECOMMEND]
    assert [s.stance for s in option.blocks] == [Stance.AVOID]


def test_a_disagreement_is_shown_beside_a_standing_that_hides_it() -> None:
    facts = {"sstr_status": "positive", "creatinine_clearance_ml_min": 20}
    option = option_of(facts, "gammalu")
    assert (option.standing, option.disagreement) == (Standing.CONTRAINDICATED, True)


def test_bodies_that_agree_do_not_disagree() -> None:
    assert not option_of(GROWING, "alfanib").disagreement


def test_a_block_from_memory_still_blocks_and_says_that_it_is_unconfirmed() -> None:
    option = option_of({"sstr_status": "negative", "creatinine_clearance_ml_min": 20}, "gammalu")
    assert (option.standing, option.unconfirmed) == (Standing.CONTRAINDICATED, True)


def test_support_from_memory_alone_is_undetermined_and_unconfirmed() -> None:
    option = option_of({"tempo": "rapid"}, "deltaplatin")
    assert (option.standing, option.unconfirmed) == (Standing.UNDETERMINED, True)


def test_advice_against_alone_advises_against() -> None:
    assert option_of({"tempo": "slow"}, "deltaplatin").standing is Standing.ADVISED_AGAINST


def test_a_therapy_without_a_target_is_not_indicated() -> None:
    assert option_of({"sstr_status": "negative"}, "gammalu").standing is Standing.NOT_INDICATED


def test_a_published_study_makes_an_option_and_brings_its_figures() -> None:
    option = option_of({"fit_for_major_surgery": True}, "ablation")
    assert option.standing is Standing.OPTION
    assert option.statements[0].figures == {"n": "39", "pfs_months": "29.9 v 6.6"}


def test_a_neutral_voice_stands_among_the_statements_and_moves_nothing() -> None:
    facts = {"fit_for_major_surgery": True, "extent": "metastatic"}
    option = option_of(facts, "ablation")
    assert option.standing is Standing.OPTION
    assert [(s.body, s.stance) for s in option.statements] == [
        ("evidence", Stance.RECOMMEND),
        ("north", Stance.NEUTRAL),
    ]


def test_a_caution_is_shown_with_what_it_asks_and_holds_nothing_back() -> None:
    option = option_of(GROWING, "alfanib")
    assert option.standing is Standing.RECOMMENDED
    (caution,) = option.cautions
    assert (caution.ask, caution.before_start, caution.truth) == (("hepatitis_serology",), True, Truth.YES)


# ── intents ──────────────────────────────────────────────────────────────────────────────────


def test_the_intents_of_one_therapy_are_options_of_their_own() -> None:
    decision = decision_of({"symptoms": ["flushing"], "tempo": "rapid"})
    found = [(o.intent, o.standing) for o in decision.options if o.therapy == "betanib"]
    assert found == [(SYMPTOMS, Standing.RECOMMENDED), (ANTI, Standing.OPTION)]


def test_without_a_named_intent_the_antiproliferative_option_is_found_first() -> None:
    decision = decision_of({"symptoms": ["flushing"], "tempo": "rapid"})
    found = decision.option("betanib")
    assert found is not None
    assert found.intent is ANTI


def test_a_block_without_an_intent_stands_against_every_intent_and_is_shown_once() -> None:
    decision = decision_of({"sstr_status": "negative"})
    assert [o.intent for o in decision.options if o.therapy == "gammalu"] == [ANTI]


# ── refusal ──────────────────────────────────────────────────────────────────────────────────


def test_a_refusal_of_a_class_covers_its_therapies_and_no_other() -> None:
    facts = {**GROWING, "tempo": "rapid"}
    before = decision_of({**facts, "declined": []})
    after = decision_of({**facts, "declined": ["chemotherapy"]})
    for option in after.options:
        earlier = before.option(option.therapy, option.intent)
        assert earlier is not None
        if option.class_ == "chemotherapy":
            assert (option.standing, option.would_be) == (Standing.DECLINED, earlier.standing)
            assert option.unconfirmed == earlier.unconfirmed
        else:
            assert option == earlier


def test_a_refusal_of_one_therapy_leaves_the_rest_of_its_class() -> None:
    facts = {"tempo": "rapid", "declined": ["epsirubicin"]}
    assert option_of(facts, "epsirubicin").standing is Standing.DECLINED
    assert option_of(facts, "deltaplatin").standing is Standing.UNDETERMINED


def test_no_refusal_recorded_means_that_nothing_is_declined() -> None:
    assert not [o for o in decision_of({"tempo": "rapid"}).options if o.standing is Standing.DECLINED]


def test_what_is_contraindicated_is_not_called_declined() -> None:
    facts = {"sstr_status": "negative", "creatinine_clearance_ml_min": 20, "declined": ["gammalu"]}
    assert option_of(facts, "gammalu").standing is Standing.CONTRAINDICATED


def test_a_declined_therapy_still_names_what_would_settle_it() -> None:
    option = option_of({"declined": ["chemotherapy"]}, "deltaplatin")
    assert (option.standing, option.would_be) == (Standing.DECLINED, Standing.UNDETERMINED)
    assert option.missing == ("tempo",)


# ── statements ───────────────────────────────────────────────────────────────────────────────


def test_a_statement_that_applies_names_the_facts_that_carry_it() -> None:
    (said,) = option_of(GROWING, "alfanib").statements
    assert said.because == ("extent", "ki67_highest_percent", "progression")
    assert said.missing == ()
    assert said.truth is Truth.YES


def test_a_statement_that_may_apply_names_the_facts_it_lacks() -> None:
    (said,) = option_of({**GROWING, "progression": "unknown"}, "alfanib").statements
    assert (said.truth, said.missing) == (Truth.UNKNOWN, ("progression",))
    assert "progression" not in said.because


def test_a_statement_carries_its_body_strength_version_source_and_provenance() -> None:
    (said,) = option_of(GROWING, "alfanib").statements
    assert said.strength is not None
    assert (said.body, said.strength.level, said.version, said.provenance) == ("north", "A", "2020-01-01", "read")
    assert [(c.ref, c.at) for c in said.cites] == [("north-2015", "page 2")]


def test_a_rule_that_does_not_apply_is_not_listed_with_the_option() -> None:
    option = option_of(GROWING, "alfanib")
    assert [s.rule for s in option.blocks] == []


def test_statements_and_blocks_stand_in_the_order_of_their_rules() -> None:
    for option in decision_of({}).options:
        for group in (option.statements, option.cautions, option.blocks):
            assert [s.rule for s in group] == sorted(s.rule for s in group)


def test_the_failing_tree_of_a_rule_that_does_not_apply_can_still_be_asked_for() -> None:
    finding = evaluation_of({**GROWING, "progression": "none"}).finding("north.growth.alfanib")
    assert finding.truth is Truth.NO


# ── alerts, missing facts, what nobody speaks of ─────────────────────────────────────────────


def test_alerts_are_sorted_by_severity() -> None:
    alerts = decision_of({"sstr_status": "negative", "age_years": 20}).alerts
    assert [(a.alert, a.severity) for a in alerts] == [
        ("target-lost", Severity.CRITICAL),
        ("ecog-unknown", Severity.WARNING),
        ("young", Severity.INFO),
    ]


def test_an_alert_speaks_only_when_it_surely_applies() -> None:
    assert [a.alert for a in decision_of({"ecog": 1}).alerts] == []


def test_an_alert_carries_its_message_its_facts_its_questions_and_its_source() -> None:
    alert = decision_of({"sstr_status": "negative"}).alerts[0]
    assert alert.message.startswith("The lesions no longer take up the tracer.")
    assert (alert.because, alert.ask, alert.rule) == (
        ("sstr_status",),
        ("fdg_pet", "ecog"),
        "alerts.record.target-lost",
    )
    assert [c.ref for c in alert.cites] == ["safety-2010"]


def test_missing_facts_come_by_the_options_they_settle_tumour_control_first_then_by_burden_then_by_name() -> None:
    facts = {"extent": "metastatic", "progression": "documented", "ki67_highest_percent": 10, "sstr_status": "positive"}
    missing = decision_of(facts).missing
    assert [(m.fact, m.settles) for m in missing] == [
        ("tempo", ("betanib", "deltaplatin", "epsirubicin")),
        ("ecog", ("alfanib",)),
        ("fit_for_major_surgery", ("ablation",)),
        ("creatinine_clearance_ml_min", ("gammalu",)),
        ("symptoms", ("betanib",)),
    ]


def test_a_missing_fact_carries_its_question_and_its_burden() -> None:
    (tempo,) = [m for m in decision_of({}).missing if m.fact == "tempo"]
    assert (tempo.question, tempo.burden) == ("How fast does it grow?", "imaging")


def test_declined_and_closed_options_wait_for_nothing() -> None:
    missing = decision_of({"sstr_status": "negative", "declined": ["chemotherapy"]}).missing
    settled = {therapy for m in missing for therapy in m.settles}
    assert settled.isdisjoint({"gammalu", "deltaplatin", "epsirubicin"})


def test_therapies_of_which_nobody_speaks_are_named() -> None:
    decision = decision_of(GROWING)
    assert {"waiting", "zetamab"} <= set(decision.not_addressed)
    assert set(decision.not_addressed) | {o.therapy for o in decision.options} == set(
        small_engine().library.therapies.therapies
    )
    assert not set(decision.not_addressed) & {o.therapy for o in decision.options}


def test_options_are_listed_by_standing_then_intent_then_name() -> None:
    options = decision_of({"symptoms": ["flushing"], "tempo": "rapid", **GROWING}).options
    keys = [(o.standing.rank, list(Intent).index(o.intent), o.name) for o in options]
    assert keys == sorted(keys)


def test_an_empty_patient_is_suggested_nothing() -> None:
    suggested = {Standing.RECOMMENDED, Standing.OPTION, Standing.CONDITIONAL, Standing.DISPUTED}
    assert not [o for o in decision_of({}).options if o.standing in suggested]


# ── which rules spoke when ───────────────────────────────────────────────────────────────────


def test_a_version_speaks_from_its_first_day_on_and_the_one_before_until_the_eve() -> None:
    turn = date(2020, 1, 1)
    eve, day = (option_of(GROWING, "alfanib", as_of=on) for on in (turn - DAY, turn))
    assert (eve.standing, day.standing) == (Standing.OPTION, Standing.RECOMMENDED)
    assert (eve.statements[0].version, day.statements[0].version) == ("2015-01-01", "2020-01-01")


def test_before_its_first_version_a_rule_is_silent() -> None:
    assert decision_of(GROWING, as_of=date(2014, 12, 31)).option("alfanib") is None
    assert decision_of(GROWING, as_of=date(2015, 1, 1)).option("alfanib") is not None


def test_timeless_rules_speak_on_every_day() -> None:
    facts = {"sstr_status": "negative"}
    for as_of in (date(1900, 1, 1), date(2999, 12, 31)):
        assert option_of(facts, "gammalu", as_of=as_of).standing is Standing.NOT_INDICATED


def test_days_between_which_nothing_changes_share_their_compiled_rules() -> None:
    engine = Engine(small_engine().library)
    for as_of in (date(2016, 6, 1), date(2016, 7, 1), date(2017, 1, 1)):
        evaluation_of(GROWING, as_of=as_of, engine=engine)
    assert len(engine._compiled) == 1


def test_the_document_says_which_knowledge_spoke() -> None:
    decision = decision_of(GROWING, as_of=date(2016, 6, 1))
    assert decision.knowledge.as_of == date(2016, 6, 1)
    assert decision.knowledge.digest == small_engine().library.digest
    assert decision.on == TODAY


def test_a_definition_may_change_its_mind_as_well(tmp_path: Path) -> None:
    root = copy_of_rules(tmp_path)
    (root / "definitions/advanced.yaml").write_text(
        "title: Advanced disease\nversions:\n"
        "  2000-01-01: {says: The old wording., when: [{extent: metastatic}]}\n"
        "  2021-01-01: {says: The new wording., when: [{extent: [locally_advanced, metastatic]}]}\n"
    )
    engine = Engine(load_library(root))
    facts = {**GROWING, "extent": "locally_advanced"}
    assert decision_of(facts, as_of=date(2020, 12, 31), engine=engine).option("alfanib") is None
    found = decision_of(facts, as_of=date(2021, 1, 1), engine=engine).option("alfanib")
    assert found is not None
    assert found.standing is Standing.RECOMMENDED


def test_both_engines_and_the_plain_one_alone_give_the_same_document() -> None:
    plain = Engine(small_engine().library, shadow=False)
    for facts in ({}, GROWING, {"sstr_status": "negative", "declined": ["chemotherapy"], "tempo": "rapid"}):
        assert decision_of(facts, engine=plain).to_json() == decision_of(facts).to_json()
