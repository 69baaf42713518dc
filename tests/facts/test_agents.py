"""What a history of treatment means follows from the library's list of therapies alone."""

from __future__ import annotations

from cdss.facts import derive
from cdss.therapy import Therapies, Therapy, TherapyKind
from tests.facts.derived import AGENTS, THERAPIES, VOCABULARY, exactly, members, record_of, timeline


def test_a_therapy_counts_under_the_first_of_its_classes() -> None:
    assert AGENTS.systemic_class["pembrolizumab"] == "immunotherapy"
    assert "pembrolizumab" not in AGENTS.by_class["tumour_agnostic"]
    assert "short_acting_octreotide" in AGENTS.by_class["somatostatin_analogue"]


def test_neither_somatostatin_analogues_nor_radioligands_change_the_class_of_treatment() -> None:
    for therapy in THERAPIES.therapies.values():
        background = therapy.classes[0] in ("somatostatin_analogue", "prrt", "radioligand_other")
        assert (therapy.id in AGENTS.systemic_class) == (therapy.systemic and not background), therapy.id


def test_operations_and_what_is_given_for_symptoms_alone_do_not_count_as_stopped() -> None:
    for agent in (
        "primary_resection",
        "hipec",
        "eus_ablation",
        "short_acting_octreotide",
        "telotristat",
        "clinical_trial",
    ):
        assert agent not in AGENTS.stoppable
    for agent in ("lanreotide", "lu177_dotatate", "sirt", "external_beam_radiotherapy", "interferon_alpha"):
        assert agent in AGENTS.stoppable


def test_a_record_may_say_of_every_class_against_the_tumour_that_nothing_of_it_was_given() -> None:
    assert {"prrt", "liver_directed", "surgery", "interferon", "somatostatin_analogue"} <= set(AGENTS.by_class)
    assert not {"hormone_control", "supportive", "observation", "trial"} & set(AGENTS.by_class)


def test_a_therapy_added_to_the_library_needs_no_code() -> None:
    added = {
        "y90_edotreotide": Therapy(
            id="y90_edotreotide",
            name="new",
            classes=("prrt",),
            kind=TherapyKind.DRUG,
            systemic=True,
            radionuclide="90Y",
        ),
        "robotic_resection": Therapy(
            id="robotic_resection", name="new", classes=("surgery",), kind=TherapyKind.PROCEDURE, removes=("primary",)
        ),
    }
    therapies = Therapies(classes=THERAPIES.classes, therapies={**THERAPIES.therapies, **added})
    words = VOCABULARY.with_therapies({t.id: t.name for t in therapies.therapies.values()}, {})
    text = """
therapies:
  complete: true
  courses:
    - {agent: y90_edotreotide, start: 2014-01-01, end: 2014-01-01, activity: {value: 4, unit: GBq}}
    - {agent: robotic_resection, start: 2013-01-01}
"""

    found = derive(record_of(text), timeline(), "2015-01-01", words, therapies).values

    assert found["months_since_prrt"] == exactly(12)
    assert found["prior_90y_activity_known"] is True
    assert found["primary_resected"] is True
    assert found["current_therapies"] == members(complete=True)
