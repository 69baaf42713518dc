"""What holds for every patient: conditions forced into a thousand made-up patients each, and sentences about all rules.

``rules/invariants.yaml`` names these tests. Each also counts that the option is suggested when the condition is lifted,
so that a test cannot pass because nobody was eligible in the first place.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import cache

import pytest

from cdss.backends.plain import PlainBackend
from cdss.case import load_case
from cdss.consult import Question, consult
from cdss.decision import Alert, Decision, FactSeen, Missing, Option, Said, Standing
from cdss.engine import Engine
from cdss.facts.direct import facts_from_mapping
from cdss.facts.grade import graded, highest
from cdss.facts.sheet import FactSheet
from cdss.locations import cases_folder
from cdss.program import Program
from cdss.record.pathology import Sample
from cdss.reports.parts import NOTICE
from cdss.reports.text import render_text
from cdss.rule import Intent, Kind, Provenance, Stance
from cdss.testing import SUGGESTED
from cdss.values import Members, Truth, Value
from cdss.weigh import Weighed
from tests.patients import library, recorded_patients, some_patient, some_value, weigher

PATIENTS = 1_000
ENOUGH = 5
DATES = (date(2015, 1, 15), date(2019, 1, 1), date(2024, 1, 1), date(2026, 11, 1))
TODAY = DATES[-1]
PRRT = library().therapies.of_class("prrt")
ANALOGUES = library().therapies.of_class("somatostatin_analogue")
TKI = library().therapies.of_class("vegfr_tki")
CHEMOTHERAPY = library().therapies.of_class("cytotoxic_chemotherapy")
UNKNOWN = None


@cache
def well_documented() -> Mapping[str, Value]:
    """A patient of whom everything is known and to whom much is open."""
    case = load_case("rectum/complete-record", cases_folder())
    return dict(consult(Engine(library(), shadow=False), case, Question(on="board")).sheet.values)


def patient(chance: random.Random) -> dict[str, Value]:
    """Anybody; in half of the cases the well-documented patient with another site and a few other facts."""
    if chance.random() < 0.5:
        return some_patient(chance)
    facts = library().vocabulary.facts
    found = dict(well_documented())
    found["primary_site"] = chance.choice(["rectum", "ileum", "ileum", "pancreas", "pancreas", "stomach", "lung"])
    for name in chance.sample(sorted(facts), chance.randint(0, 4)):
        found[name] = some_value(facts[name], chance)
    return found


_READ: dict[tuple[str, str], Value] = {}


def known(name: str, written: object) -> Value:
    """A value as a case file spells it, read once."""
    key = (name, repr(written))
    if key not in _READ:
        _READ[key] = facts_from_mapping({name: written}, library().vocabulary, show_values=True)[name]
    return _READ[key]


def changed(facts: Mapping[str, Value], forced: Mapping[str, object]) -> dict[str, Value]:
    """``facts`` with some forced: a value as a case spells it, None for unknown, or ``{word}`` that a set includes."""
    found = dict(facts)
    for name, value in forced.items():
        found.pop(name, None)
        if isinstance(value, set):
            (word,) = value
            old = facts.get(name)
            have = old if isinstance(old, Members) else Members(complete=True)
            found[name] = Members(have.present | {word}, have.absent - {word}, have.complete)
        elif value is not UNKNOWN:
            found[name] = known(name, value)
    return found


def never_suggested(
    therapies: Iterable[str],
    forced: Mapping[str, object],
    lifted: Mapping[str, object],
    *,
    intent: Intent | None = None,
    always: Mapping[str, object] | None = None,
    patients: int = PATIENTS,
) -> Iterator[tuple[dict[str, Value], Sequence[Weighed]]]:
    """Tries many patients with ``forced``, and yields them with what is weighed. ``always`` holds for both sides."""
    chance = random.Random(repr((sorted(therapies), sorted(forced))))
    named = tuple(sorted(therapies))
    open_otherwise = 0
    for number in range(patients):
        weigh = weigher(DATES[number % len(DATES)], named)
        base = changed(patient(chance), always or {})
        facts = changed(base, forced)
        weighed = weigh.weighed(facts)
        opened = {
            w.therapy for w in weighed if w.outcome.standing in SUGGESTED and (intent is None or w.intent is intent)
        }
        assert not opened, f"{sorted(opened)} suggested although {dict(forced)}"
        if open_otherwise < ENOUGH:
            open_otherwise += bool({t for t, i in weigh.suggested(changed(base, lifted)) if intent in (None, i)})
        yield facts, weighed
    assert open_otherwise > 0, "without the condition nobody is suggested it either, so nothing was tried"


def run(tried: Iterator[object]) -> None:
    for _ in tried:
        pass


def standing_of(weighed: Iterable[Weighed]) -> set[Standing]:
    return {w.outcome.standing for w in weighed}


# ── PRRT ─────────────────────────────────────────────────────────────────────────────────────

SCAN = {"sstr_status": "positive", "sstr_uptake": "above_spleen"}


def test_prrt_is_never_suggested_when_no_lesion_takes_up_the_tracer() -> None:
    for _, weighed in never_suggested(PRRT, {"sstr_status": "negative"}, SCAN):
        assert standing_of(weighed) <= {Standing.NOT_INDICATED, Standing.CONTRAINDICATED}


@pytest.mark.parametrize("status", ["mixed", "negative", UNKNOWN])
def test_prrt_is_never_suggested_beside_an_fdg_avid_lesion_without_uptake(status: str | None) -> None:
    # "All lesions positive" beside such a lesion is a contradiction, which the reading of scans has to tell.
    forced = {"sstr_status": status, "fdg_positive_sstr_negative_lesion": True}
    run(never_suggested(PRRT, forced, {**SCAN, "fdg_positive_sstr_negative_lesion": False}, patients=400))


def test_prrt_is_never_suggested_without_a_current_receptor_scan() -> None:
    for _, weighed in never_suggested(PRRT, {"sstr_status": UNKNOWN}, SCAN):
        assert not standing_of(weighed) & {Standing.DISPUTED}


def test_uptake_that_only_equals_the_liver_never_goes_without_its_caution() -> None:
    chance = random.Random("equal")
    seen = 0
    for number in range(PATIENTS):
        facts = changed(patient(chance), {"sstr_status": "positive", "sstr_uptake": "equal_liver"})
        for w in weigher(DATES[number % len(DATES)], PRRT).weighed(facts):
            assert "safety.prrt.uptake-equal-liver" in w.rules
            seen += w.outcome.standing in SUGGESTED
    assert seen > 0


@pytest.mark.parametrize(
    ("clearance", "standings"),
    [
        (29, {Standing.CONTRAINDICATED}),
        ({"from": 30, "to": 39}, {Standing.NOT_INDICATED, Standing.CONTRAINDICATED}),
        (UNKNOWN, set(Standing) - SUGGESTED),
        ({"from": 25, "to": 60}, set(Standing) - SUGGESTED),
    ],
)
def test_prrt_is_ruled_out_by_failing_kidneys_and_waits_for_their_measurement(
    clearance: object, standings: set[Standing]
) -> None:
    forced = {"creatinine_clearance_ml_min": clearance}
    for _, weighed in never_suggested(PRRT, forced, {**SCAN, "creatinine_clearance_ml_min": 90}, patients=400):
        assert standing_of(weighed) <= standings


_RULED_OUT = {Standing.NOT_INDICATED, Standing.CONTRAINDICATED}


@pytest.mark.parametrize(
    ("fact", "low", "fine"),
    [("haemoglobin_g_dl", 8, 12), ("platelets_10e9_l", 69, 200), ("leukocytes_10e9_l", 1, 5)],
)
def test_prrt_is_ruled_out_by_a_marrow_below_its_floors(fact: str, low: int, fine: int) -> None:
    for _, weighed in never_suggested(PRRT, {fact: low}, {**SCAN, fact: fine}):
        assert standing_of(weighed) <= {Standing.CONTRAINDICATED}


@pytest.mark.parametrize(
    ("forced", "lifted"),
    [
        ({"bilirubin_x_uln": 4}, {"bilirubin_x_uln": 1}),
        ({"albumin_g_l": 29, "inr": 2}, {"albumin_g_l": 40, "inr": 1}),
        ({"albumin_g_l": 29, "inr": 1.3}, {"albumin_g_l": 29, "inr": 1}),
        ({"comorbidities": {"urinary_obstruction"}}, {"comorbidities": []}),
        ({"stopped_for_toxicity": {"lu177_dotatate"}, "prior_therapies": {"lu177_dotatate"}}, {}),
    ],
)
def test_prrt_is_never_suggested_with_a_failing_liver_a_blocked_ureter_or_after_toxicity(
    forced: Mapping[str, object], lifted: Mapping[str, object]
) -> None:
    run(never_suggested(PRRT, forced, {**SCAN, **lifted}))


def test_prrt_never_goes_without_its_late_effects() -> None:
    chance = random.Random("late")
    told = {"safety.prrt.late-marrow-disease", "safety.prrt.contraception"}
    seen = 0
    for number in range(PATIENTS):
        facts = changed(patient(chance), {"extent": chance.choice(["metastatic", "locally_advanced", UNKNOWN])})
        for w in weigher(DATES[number % len(DATES)], PRRT).weighed(facts):
            assert told <= set(w.rules)
            seen += 1
    assert seen > PATIENTS


def test_prrt_is_never_suggested_after_90y_of_unknown_activity() -> None:
    forced = {"prior_therapies": {"y90_dotatoc"}, "prior_90y_activity_known": False}
    run(never_suggested(PRRT, forced, SCAN))
    run(never_suggested(PRRT, {**forced, "prior_90y_activity_known": UNKNOWN}, SCAN))


def test_prrt_again_is_never_suggested_after_short_control_or_the_highest_activity_described() -> None:
    again = {"prior_therapies": {"lu177_dotatate"}}
    run(never_suggested(PRRT, {**again, "prrt_control_months": 11}, SCAN))
    run(never_suggested(PRRT, {**again, "cumulative_177lu_gbq": 61}, SCAN))


@pytest.mark.parametrize("state", ["not_excluded", "confirmed"])
def test_a_pregnancy_not_excluded_rules_out_prrt_and_sirt(state: str) -> None:
    fine = {**SCAN, "pregnancy": "not_possible"}
    for _, weighed in never_suggested((*PRRT, "sirt"), {"pregnancy": state}, fine):
        assert standing_of(weighed) <= {Standing.CONTRAINDICATED}
    run(never_suggested((*PRRT, "sirt"), {"pregnancy": UNKNOWN}, fine, patients=300))


@pytest.mark.parametrize(("body", "age"), [("fda", 11), ("ema", 17)])
def test_no_label_of_prrt_covers_a_child(body: str, age: int) -> None:
    for verdict in labels(PRRT, {"age_years": age}, body):
        assert verdict is Truth.NO


def labels(therapies: Iterable[str], forced: Mapping[str, object], body: str | None = None) -> Iterator[Truth]:
    """What every label of the therapies says of many patients with ``forced``, on many days."""
    chance = random.Random(repr(sorted(therapies)))
    backends = [label_backend(on, frozenset(therapies), body) for on in DATES]
    for number in range(PATIENTS):
        yield from backends[number % len(DATES)].verdicts(changed(patient(chance), forced)).rules.values()


@cache
def label_backend(on: date, therapies: frozenset[str], body: str | None) -> PlainBackend:
    in_force = library().in_force(on)
    rules = library().rules
    wanted = {
        name: version.condition
        for name, version in in_force.versions.items()
        if version.then.kind is Kind.LABEL
        and therapies & set(rules[name].therapies)
        and body in (None, rules[name].body)
    }
    return PlainBackend(Program(in_force.program.vocabulary, in_force.program.strata, wanted))


# ── treatment of the liver ───────────────────────────────────────────────────────────────────

LIVER = {
    "metastatic_sites": ["liver"], "extent": "metastatic", "liver_dominant": True, "extrahepatic_disease": False,
    "progression": "documented", "bilirubin_mg_dl": 1, "liver_burden_percent": 20, "expected_lung_dose_gy": 5,
    "sirt_whole_liver_given": False, "weeks_since_prrt": 200, "ascites": False, "ecog": 1, "pregnancy": "not_possible",
    "life_expectancy_months": 24, "main_portal_vein_occlusion": False, "biliary_infection_risk": False, "inr": 1,
    "platelets_10e9_l": 200, "leukocytes_10e9_l": 5, "creatinine_clearance_ml_min": 90,
    "prior_therapies": ["lanreotide"], "progressed_on": ["lanreotide"],
    "child_pugh": "A", "differentiation": "well", "net_grade_highest": 2,
    "primary_site": "rectum", "functional_syndrome": "none", "functional_status": "non_functioning",
}  # fmt: skip


@pytest.mark.parametrize(
    ("forced", "therapies"),
    [
        ({"bilirubin_mg_dl": 3}, ("sirt",)),
        ({"liver_burden_percent": 71}, ("sirt",)),
        ({"expected_lung_dose_gy": 31}, ("sirt",)),
        ({"sirt_whole_liver_given": True, "prior_therapies": {"sirt"}}, ("sirt",)),
        ({"weeks_since_prrt": 11, "prior_therapies": {"lu177_dotatate"}}, ("sirt",)),
        ({"biliary_infection_risk": True}, ("tae", "tace")),
        ({"main_portal_vein_occlusion": True}, ("tae", "tace")),
    ],
)
def test_the_liver_is_never_treated_beyond_its_limits(forced: Mapping[str, object], therapies: tuple[str, ...]) -> None:
    run(never_suggested(therapies, forced, {k: LIVER[k] for k in forced}, always=some_of(LIVER, forced)))


def some_of(facts: Mapping[str, object], but: Iterable[str]) -> Mapping[str, object]:
    return {name: value for name, value in facts.items() if name not in set(but)}


def test_prrt_is_never_suggested_within_three_months_of_sirt() -> None:
    run(never_suggested(PRRT, {"weeks_since_sirt": 11, "prior_therapies": {"sirt"}}, SCAN))


@pytest.mark.parametrize("raised", ["bilirubin_x_uln", "alt_x_uln", "ast_x_uln"])
def test_prrt_is_never_suggested_with_raised_liver_tests_after_sirt(raised: str) -> None:
    always = {"weeks_since_sirt": 13, "prior_therapies": {"sirt"}}
    fine = {**SCAN, "bilirubin_x_uln": 1, "alt_x_uln": 1, "ast_x_uln": 1}
    for value in (5.5, UNKNOWN):
        run(never_suggested(PRRT, {raised: value}, fine, always=always, patients=400))


def test_what_burdens_the_liver_after_sirt_carries_the_note_on_late_damage() -> None:
    chance = random.Random("after sirt")
    rule = "safety.liver-directed.late-liver-toxicity"
    burdening = tuple(sorted(library().rules[rule].therapies))
    assert {"sirt", "tace", "everolimus", "captem", "lu177_dotatate", "cabozantinib", "liver_resection"} <= {*burdening}
    seen = 0
    for number in range(PATIENTS):
        facts = changed(patient(chance), {"prior_therapies": {"sirt"}})
        for w in weigher(DATES[number % len(DATES)], burdening).weighed(facts):
            assert rule in w.rules
            seen += 1
    assert seen > PATIENTS


TRANSPLANT = {
    "primary_site": "ileum", "extent": "metastatic", "metastatic_sites": ["liver"], "extrahepatic_disease": False,
    "differentiation": "well", "net_grade_highest": 1, "net_grade_latest": 1, "ki67_highest_percent": 2,
    "liver_burden_percent": 30, "stable_months": 12, "age_years": 50, "primary_resected": True,
    "fit_for_major_surgery": True, "ecog": 0, "liver_metastases_resectable": False, "resectable": False,
    "progression": "none", "liver_dominant": True, "functional_status": "non_functioning", "tempo": "slow",
    "sstr_status": "positive", "comorbidities": [], "hypersensitivities": [], "hereditary_syndrome": "none",
}  # fmt: skip


@pytest.mark.parametrize(
    "forced",
    [
        {"primary_site": "rectum"},
        {"extrahepatic_disease": True},
        {"net_grade_highest": 3},
        {"differentiation": "poor", "net_grade_highest": UNKNOWN},
        {"liver_burden_percent": 51},
        {"stable_months": 5},
        {"age_years": 61},
        {"primary_resected": False},
    ],
)
def test_transplantation_is_never_suggested_outside_its_criteria(forced: Mapping[str, object]) -> None:
    lifted = {name: TRANSPLANT[name] for name in forced}
    tried = never_suggested(("liver_transplantation",), forced, lifted, always=some_of(TRANSPLANT, forced))
    for _, weighed in tried:
        assert standing_of(weighed) <= _RULED_OUT


# ── tissue ───────────────────────────────────────────────────────────────────────────────────


def test_no_regimen_of_net_or_carcinoma_is_suggested_while_a_high_ki67_lacks_its_differentiation() -> None:
    specific = (*PRRT, *ANALOGUES, *TKI, *CHEMOTHERAPY, "everolimus", "interferon_alpha")
    forced = {"differentiation": UNKNOWN, "net_grade_highest": UNKNOWN, "ki67_highest_percent": {"from": 21, "to": 90}}
    fine = {"differentiation": "well", "net_grade_highest": 2, "ki67_highest_percent": 8}
    tried = never_suggested(specific, forced, fine, intent=Intent.ANTIPROLIFERATIVE, patients=PATIENTS)
    run(tried)


def test_the_highest_grade_never_falls_when_a_sample_is_added() -> None:
    chance = random.Random("samples")
    for _ in range(PATIENTS):
        samples = []
        for _ in range(chance.randint(2, 5)):
            ki67, mitoses = chance.choice([2, 3, 7, 20, 21]), chance.choice([0, 1, 2, 20, 21])
            entry: dict[str, object] = {
                "kind": "biopsy",
                "site": "liver",
                "date": "2020-01-01",
                "differentiation": "well",
            }
            entry |= {"ki67": ki67, "mitoses": {"per_2mm2": mitoses}}
            samples.append(Sample.model_validate(entry))
        grades = [found.grade for s in samples if (found := graded(s, gep=True)).grade is not None]
        for number in range(1, len(grades)):
            before, after = highest(grades[:number]), highest(grades[: number + 1])
            assert before is not None
            assert after is not None
            assert before.low is not None
            assert after.low is not None
            assert after.low >= before.low


def test_an_analogue_is_never_suggested_against_the_growth_of_a_carcinoma() -> None:
    forced = {"differentiation": "poor", "net_grade_highest": UNKNOWN}
    fine = {"differentiation": "well", "net_grade_highest": 2, "ki67_highest_percent": 5, "progressed_on": []}
    tried = never_suggested(ANALOGUES, forced, {**SCAN, **fine}, intent=Intent.ANTIPROLIFERATIVE)
    run(tried)


ENDOSCOPY = {
    "primary_site": "rectum", "primary_resected": False, "extent": "localised", "primary_size_mm": 8,
    "t_category": "T1", "lymphovascular_invasion": False, "n_category": "N0", "net_grade_highest": 1,
    "differentiation": "well", "m_category": "M0", "endoscopically_resectable": True, "ki67_highest_percent": 2,
}  # fmt: skip


@pytest.mark.parametrize(
    "forced",
    [
        {"primary_size_mm": 20},
        {"lymphovascular_invasion": True},
        {"t_category": "T2"},
        {"net_grade_highest": 2},
        {"n_category": "N1"},
    ],
)
def test_a_rectal_tumour_beyond_the_mucosa_is_never_for_the_endoscope_alone(forced: Mapping[str, object]) -> None:
    lifted = {name: ENDOSCOPY[name] for name in forced}
    always = some_of(ENDOSCOPY, forced)
    for _, weighed in never_suggested(("endoscopic_resection",), forced, lifted, always=always, patients=400):
        assert standing_of(weighed) <= _RULED_OUT


# ── drugs and syndromes ──────────────────────────────────────────────────────────────────────


def test_a_therapy_stopped_for_toxicity_is_not_called_failed() -> None:
    chance = random.Random("toxicity")
    failed = {name for name in library().rules if name.startswith("safety.already-progressed.")}
    everywhere = weigher(TODAY)
    for _ in range(PATIENTS):
        facts = patient(chance)
        name = chance.choice(["everolimus", "sunitinib", "captem", "cabozantinib", "folfox", "lanreotide"])
        stopped = changed(facts, {"stopped_for_toxicity": {name}, "progressed_on": []})
        for w in everywhere.weighed(stopped):
            assert not failed & set(w.rules)


def test_an_analogue_is_never_suggested_in_insulinoma_before_it_was_tested() -> None:
    forced = {"functional_syndrome": "insulinoma", "functional_status": "functioning"}
    fine = {**SCAN, "functional_syndrome": "none", "progressed_on": []}
    for test in ("not_done", "worse", UNKNOWN):
        run(never_suggested(ANALOGUES, {**forced, "ssa_test_in_insulinoma": test}, fine, patients=400))
        denied = {"functional_syndrome": "none", "symptoms": {"hypoglycaemia"}, "ssa_test_in_insulinoma": test}
        run(never_suggested(ANALOGUES, denied, {**fine, "symptoms": []}, patients=400))


GROWING = {"progression": "documented", "differentiation": "well", "net_grade_highest": 2, "extent": "metastatic"}


# What makes a drug an option at all, where a growing pancreatic tumour alone does not.
_NEED: Mapping[tuple[str, ...], Mapping[str, object]] = {
    ("pembrolizumab",): {
        "biomarkers": ["msi_high"],
        "satisfactory_alternative": False,
        "prior_therapies": ["captem"],
        "resectable": False,
    },
    ("trastuzumab_deruxtecan",): {
        "biomarkers": ["her2_ihc_3"],
        "satisfactory_alternative": False,
        "prior_therapies": ["captem"],
        "resectable": False,
    },
    ("belzutifan",): {"hereditary_syndrome": "vhl", "extent": "localised"},
    ("interferon_alpha",): {"primary_site": "ileum"},
    CHEMOTHERAPY: {"tempo": "rapid", "tumour_burden": "high", "dpd_activity": "normal"},
}


@pytest.mark.parametrize(
    ("therapies", "forced", "lifted"),
    [
        (("everolimus",), {"comorbidities": {"pneumonitis_active"}}, {"comorbidities": []}),
        (("everolimus",), {"comedications": {"strong_cyp3a4_inhibitor"}}, {"comedications": []}),
        (TKI, {"comorbidities": {"severe_bleeding_recent"}}, {"comorbidities": []}),
        (TKI, {"comorbidities": {"open_wound"}}, {"comorbidities": []}),
        (TKI, {"comorbidities": {"gi_perforation_or_fistula"}}, {"comorbidities": []}),
        (TKI, {"major_surgery_planned_or_recent": True}, {"major_surgery_planned_or_recent": False}),
        (("sunitinib",), {"alt_x_uln": 6}, {"alt_x_uln": 1}),
        (("sunitinib",), {"comorbidities": {"heart_failure_nyha_3_4"}}, {"comorbidities": []}),
        (TKI, {"child_pugh": "C"}, {"child_pugh": "A"}),
        (("pazopanib",), {"alt_x_uln": 5.1}, {"alt_x_uln": 1}),
        (("lenvatinib",), {"ast_x_uln": 5.1}, {"ast_x_uln": 1}),
        (("surufatinib",), {"alt_x_uln": UNKNOWN}, {"alt_x_uln": 1}),
        (CHEMOTHERAPY, {"child_pugh": "C"}, {"child_pugh": "A"}),
        (CHEMOTHERAPY, {"bilirubin_x_uln": 3.1}, {"bilirubin_x_uln": 1}),
        (("interferon_alpha",), {"child_pugh": "C"}, {"child_pugh": "A"}),
        (("pembrolizumab",), {"comorbidities": {"pneumonitis_active"}}, {"comorbidities": []}),
        (("pembrolizumab",), {"prior_therapies": ["captem", "liver_transplantation"]}, {"prior_therapies": ["captem"]}),
        (("trastuzumab_deruxtecan",), {"comorbidities": {"interstitial_lung_disease"}}, {"comorbidities": []}),
        (("trastuzumab_deruxtecan",), {"comorbidities": {"pneumonitis_active"}}, {"comorbidities": []}),
        (("belzutifan",), {"haemoglobin_g_dl": 7.9}, {"haemoglobin_g_dl": 12}),
    ],
)
def test_a_drug_is_never_suggested_against_what_forbids_it(
    therapies: tuple[str, ...], forced: Mapping[str, object], lifted: Mapping[str, object]
) -> None:
    site: dict[str, object] = {"primary_site": "pancreas"} if therapies != ("everolimus",) else {}
    if therapies in _NEED:
        site |= _NEED[therapies]
    run(never_suggested(therapies, forced, lifted, always={**GROWING, **site, "progressed_on": []}))


def test_temozolomide_that_failed_is_not_suggested_in_either_form() -> None:
    always = {
        **GROWING,
        "primary_site": "pancreas",
        "tempo": "rapid",
        "tumour_burden": "high",
        "dpd_activity": "normal",
    }
    for failed in ("captem", "temozolomide"):
        forced = {"progressed_on": {failed}}
        tried = never_suggested(
            ("captem", "temozolomide"), forced, {"progressed_on": []}, intent=Intent.ANTIPROLIFERATIVE, always=always
        )
        run(tried)


SICK_HEART = {"functional_status": "functioning", "functional_syndrome": "carcinoid_syndrome"}
FINE_HEART = {"carcinoid_heart_disease": False, "carcinoid_heart_severity": UNKNOWN, "right_heart_failure": "none"}


def test_a_failing_right_heart_is_neither_operated_past_nor_watched() -> None:
    always = {
        **SICK_HEART, "primary_site": "ileum", "extent": "metastatic", "differentiation": "well",
        "net_grade_highest": 1, "ki67_highest_percent": 1.5, "progression": "none", "tempo": "slow",
        "threatening_site": False, "symptoms": [],
        "syndrome_controlled": True, "fit_for_major_surgery": True, "ecog": 0, "primary_resected": False,
        "primary_local_symptoms": True, "liver_metastases_resectable": True, "resectable": True,
    }  # fmt: skip
    forced = {"carcinoid_heart_disease": True, "carcinoid_heart_severity": "severe", "right_heart_failure": "severe"}
    for therapy in ("primary_resection", "liver_resection", "watchful_waiting"):
        run(never_suggested((therapy,), forced, FINE_HEART, always=always, patients=400))


def test_no_fluoropyrimidine_is_suggested_in_complete_dpd_deficiency_and_none_goes_untested_unsaid() -> None:
    regimens = ("captem", "folfox", "folfiri", "stz_5fu")
    always = {**GROWING, "primary_site": "pancreas", "progressed_on": [], "tempo": "rapid", "tumour_burden": "high"}
    forced = {"dpd_activity": "complete_deficiency"}
    for _, weighed in never_suggested(regimens, forced, {"dpd_activity": "normal"}, always=always):
        assert standing_of(weighed) <= {Standing.CONTRAINDICATED}
    chance = random.Random("untested")
    for number in range(300):
        facts = changed(patient(chance), {"dpd_activity": UNKNOWN})
        for w in weigher(DATES[number % len(DATES)], regimens).weighed(facts):
            assert "safety.chemotherapy.dpd-untested" in w.rules


@pytest.mark.parametrize("site", ["rectum", "ileum", "lung", "stomach", "unknown_primary"])
def test_sunitinib_outside_the_pancreas_is_on_no_label(site: str) -> None:
    assert {"ema", "fda"} <= {*library().therapies.therapies["sunitinib"].labels_complete}
    assert set(labels(("sunitinib",), {"primary_site": site})) <= {Truth.NO}


@pytest.mark.parametrize("site", ["ileum", "rectum", "lung"])
def test_no_us_label_of_everolimus_covers_a_functioning_carcinoid(site: str) -> None:
    forced = {"functional_status": "functioning", "functional_syndrome": "carcinoid_syndrome", "primary_site": site}
    assert set(labels(("everolimus",), forced, "fda")) <= {Truth.NO}


def test_nobody_in_poor_general_condition_is_suggested_an_intensive_therapy() -> None:
    chance = random.Random("poor condition")
    intensive = {t.id for t in library().therapies.therapies.values() if t.intensive}
    for number in range(PATIENTS):
        facts = changed(patient(chance), {"ecog": chance.choice([3, 4]), "extent": "metastatic", "declined": []})
        weighed = weigher(DATES[number % len(DATES)]).weighed(facts)
        opened = {w.therapy for w in weighed if w.outcome.standing in SUGGESTED}
        assert not opened & intensive
        assert "best_supportive_care" in opened


def test_a_caution_that_applies_stands_with_every_option_it_speaks_of() -> None:
    chance = random.Random("cautions")
    weigh = weigher(TODAY)
    seen = set()
    for number in range(PATIENTS):
        facts = patient(chance)
        if number % 20 == 0:  # chance alone hardly ever draws PRRT, chemotherapy and SIRT in one history
            facts = changed(facts, {"prior_therapies": ["lu177_dotatate", "captem", "sirt"]})
        verdicts = weigh.plain.verdicts(facts).rules
        weighed = weigh.weighed(facts)
        for name, version in weigh.in_force.versions.items():
            if version.then.stance is Stance.CAUTION and verdicts[name] is Truth.YES:
                for w in weighed:
                    if w.therapy in library().rules[name].therapies and version.then.intent in (None, w.intent):
                        assert name in w.rules
                        seen.add(name)
    this = "tests/test_invariants.py::test_a_caution_that_applies_stands_with_every_option_it_speaks_of"
    relied_on = {rule for i in library().assurance.invariants.values() if this in i.test for rule in i.rules}
    cautions = {name for name, version in weigh.in_force.versions.items() if version.then.stance is Stance.CAUTION}
    assert relied_on & cautions <= seen, "never tried: " + ", ".join(sorted((relied_on & cautions) - seen))


# ── labels, sources, wishes ──────────────────────────────────────────────────────────────────


def test_whatever_is_suggested_rests_on_a_statement_that_somebody_opened() -> None:
    chance = random.Random("opened")
    seen = 0
    for number in range(PATIENTS):
        weigh = weigher(DATES[number % len(DATES)])
        facts = patient(chance)
        verdicts = weigh.plain.verdicts(facts).rules
        for w in weigh.weighed(facts):
            if w.outcome.standing in SUGGESTED:
                seen += 1
                carrying = [weigh.in_force.versions[r] for r in w.rules if verdicts[r] is Truth.YES]
                favours = [v for v in carrying if v.then.stance and v.then.stance.favours]
                assert any(v.provenance is not Provenance.RECALLED for v in favours)
    assert seen > PATIENTS


def test_every_favourable_rule_leads_to_a_source_that_can_be_found() -> None:
    for rule in library().rules.values():
        for _, version in rule.versions:
            if version is not None:
                assert version.cites, rule.id
                for cite in version.cites:
                    source = library().references[cite.ref]
                    assert source.DOI or source.PMID or source.URL, rule.id
                    assert cite.at.strip(), rule.id


def test_what_is_declined_is_never_suggested_and_never_hidden() -> None:
    chance = random.Random("declined")
    therapies = library().therapies
    for number in range(PATIENTS):
        weigh = weigher(DATES[number % len(DATES)])
        facts = changed(patient(chance), {"declined": []})
        named = chance.choice([*therapies.therapies, *therapies.classes])
        covered = therapies.covered_by(frozenset({named}))
        before = {(w.therapy, w.intent) for w in weigh.weighed(facts)}
        after = {(w.therapy, w.intent): w.outcome for w in weigh.weighed(changed(facts, {"declined": [named]}))}
        assert set(after) == before
        for (therapy, _), outcome in after.items():
            assert therapy not in covered or outcome.standing not in SUGGESTED


# ── data and output ──────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "fact", ["comorbidities", "hypersensitivities", "comedications", "contraindicated_by_toxicity"]
)
def test_one_more_disease_medicine_or_reaction_never_suggests_a_tumour_therapy(fact: str) -> None:
    chance = random.Random(fact)
    words = sorted(library().vocabulary.facts[fact].values)
    for number in range(PATIENTS // 2):
        weigh = weigher(DATES[number % len(DATES)])
        facts = {fact: Members(complete=True), **patient(chance)}
        more = changed(facts, {fact: {chance.choice(words)}})
        grown = {key for key in weigh.suggested(more) if key[1] is Intent.ANTIPROLIFERATIVE}
        assert grown <= weigh.suggested(facts)


def test_a_missing_test_result_never_passes_for_a_good_one() -> None:
    chance = random.Random("missing")
    asked = [n for n, f in library().vocabulary.facts.items() if f.burden.value == "laboratory"]
    for number in range(PATIENTS):
        weigh = weigher(DATES[number % len(DATES)])
        facts = patient(chance)
        blind = changed(facts, dict.fromkeys(asked, UNKNOWN))
        assert weigh.suggested(blind) <= weigh.suggested(facts)


def test_the_decision_holds_no_score_and_ranks_nothing_within_a_standing() -> None:
    for model in (Decision, Option, Said, Alert, Missing):
        for name, field in model.model_fields.items():
            assert field.annotation not in (int, float), f"{model.__name__}.{name} is a number"
            assert not {"score", "rank", "confidence", "probability", "weight"} & set(name.split("_"))
    assert "text" in FactSeen.model_fields


def test_waiting_a_trial_and_supportive_care_are_always_considered() -> None:
    chance = random.Random("considered")
    managing = ("watchful_waiting", "clinical_trial", "best_supportive_care")
    everything = set(library().therapies.therapies)
    assert set(managing) <= everything  # of whom nobody speaks is named as not addressed, by the engine
    for number in range(PATIENTS):
        weigh = weigher(DATES[number % len(DATES)], managing)
        facts = changed(patient(chance), {"extent": chance.choice(["metastatic", "locally_advanced", UNKNOWN])})
        assert {"clinical_trial", "best_supportive_care"} <= {w.therapy for w in weigh.weighed(facts)}


def engine_decisions() -> Iterator[Decision]:
    plain = Engine(library(), shadow=False)
    for facts in recorded_patients()[::3]:
        sheet = FactSheet.of_values(dict(facts), on=TODAY)
        yield plain.evaluate(sheet, case="made-up", on=TODAY, as_of=TODAY, jurisdictions=("ema", "fda")).decision


def test_every_block_names_its_rule_the_facts_behind_it_and_its_source() -> None:
    seen = 0
    for decision in engine_decisions():
        for option in decision.options:
            for block in option.blocks:
                assert block.rule in library().rules
                assert block.cites
                if block.truth is Truth.YES:
                    seen += 1
                    assert block.because or not library().rules[block.rule].versions
                    assert set(block.because) <= set(decision.facts)
    assert seen > 100


def test_every_page_says_that_it_is_for_a_board_and_decides_nothing() -> None:
    assert "multidisciplinary board" in NOTICE
    for decision in list(engine_decisions())[:5]:
        assert NOTICE in " ".join(render_text(decision).text().split())


def test_metastases_without_tissue_always_ask_for_a_biopsy() -> None:
    for kept in (False, UNKNOWN):
        assert fires(
            "metastasis.unconfirmed-by-tissue", {"extent": "metastatic", "metastasis_confirmed_by_tissue": kept}
        )


def fires(alert: str, forced: Mapping[str, object]) -> bool:
    """Whether the alert speaks for every one of many patients with ``forced``."""
    in_force = library().in_force(TODAY)
    name = f"alerts.{alert}"
    wanted = {name: in_force.versions[name].condition}
    plain = PlainBackend(Program(in_force.program.vocabulary, in_force.program.strata, wanted))
    chance = random.Random(alert)
    patients = (changed(patient(chance), forced) for _ in range(PATIENTS))
    return all(plain.verdicts(facts).rules[name] is Truth.YES for facts in patients)


@pytest.mark.parametrize(
    ("alert", "forced"),
    [
        (
            "nodes.node-mismatch",
            {"primary_site": "rectum", "extent": "localised", "sstr_avid_nodes_beyond_pathology": 1},
        ),
        (
            "nodes.node-mismatch-metastatic",
            {"primary_site": "rectum", "extent": "metastatic", "sstr_avid_nodes_beyond_pathology": 1},
        ),
        ("nodes.node-yield", {"primary_site": "rectum", "primary_resected": True, "nodes_examined": 11}),
        ("grade.single-index-grade", {"single_index_grade": True}),
        ("grade.carcinoma-not-net", {"differentiation": "poor"}),
        ("function.carcinoid-crisis-plan", {"functional_syndrome": "carcinoid_syndrome"}),
        (
            "function.carcinoid-heart-echo",
            {
                "functional_syndrome": "carcinoid_syndrome",
                "echocardiogram_within_12_months": UNKNOWN,
                "carcinoid_heart_severity": UNKNOWN,
            },
        ),
        (
            "function.carcinoid-heart-echo",
            {"functional_syndrome": "carcinoid_syndrome", "echocardiogram_within_12_months": False},
        ),
        ("function.hypoglycaemia-unexplained", {"functional_syndrome": "none", "symptoms": {"hypoglycaemia"}}),
        ("function.hypoglycaemia-unexplained", {"functional_syndrome": UNKNOWN, "fasting_glucose_mmol_l": 2.4}),
        ("grade.very-high-ki67-called-well", {"differentiation": "well", "ki67_highest_percent": 80}),
        ("grade.very-high-ki67-called-well", {"differentiation": "well", "mitoses_highest_per_2mm2": 45}),
        ("pregnancy.not-excluded", {"pregnancy": "confirmed"}),
        ("pregnancy.not-excluded", {"pregnancy": "not_excluded"}),
        ("pancreas.gastrinoma-keep-inhibitor", {"functional_syndrome": "gastrinoma"}),
        ("pancreas.insulinoma-test-missing", {"functional_syndrome": "insulinoma", "ssa_test_in_insulinoma": UNKNOWN}),
        ("history.late-liver-toxicity", {"prior_therapies": {"sirt"}}),
        ("response.marker-not-interpretable", {"cga_rising": True, "comedications": {"proton_pump_inhibitor"}}),
        ("response.choi-not-computable-on-mri", {"response_modality": "mri"}),
        ("response.treated-lesions-not-targets", {"prior_therapies": {"tace"}, "response_latest": "PD"}),
    ],
)  # fmt: skip
def test_an_alert_never_stays_silent_where_it_must_speak(alert: str, forced: Mapping[str, object]) -> None:
    assert fires(alert, forced)
