"""Facts that the record states directly, with their day: only those that no section of the record decides."""

from __future__ import annotations

from cdss.facts.direct import stated_value
from cdss.facts.draft import Draft, Latest
from cdss.values import Value

DECIDED = frozenset(
    {
        "age_years",
        "albumin_g_l",
        "alt_x_uln",
        "ascites",
        "ast_x_uln",
        "biliary_infection_risk",
        "bilirubin_mg_dl",
        "bilirubin_x_uln",
        "biomarkers",
        "breastfeeding",
        "carcinoid_heart_disease",
        "carcinoid_type",
        "child_pugh",
        "comedications",
        "comorbidities",
        "contraindicated_by_toxicity",
        "creatinine_clearance_ml_min",
        "cumulative_177lu_gbq",
        "current_therapies",
        "days_from_stop_to_progression",
        "declined",
        "differentiation",
        "dpd_activity",
        "echocardiogram_within_12_months",
        "ecog",
        "expected_lung_dose_gy",
        "extent",
        "extrahepatic_disease",
        "extrahepatic_progression",
        "fasting_glucose_mmol_l",
        "fdg_positive_sstr_negative_lesion",
        "fdg_status",
        "fit_for_major_surgery",
        "frailty",
        "functional_status",
        "functional_syndrome",
        "haemoglobin_g_dl",
        "hepatitis_b",
        "hereditary_syndrome",
        "hypersensitivities",
        "imaged_when_stopped",
        "inr",
        "ki67_highest_percent",
        "ki67_latest_percent",
        "last_progression_off_therapy",
        "lateral_nodes_imaged",
        "leukocytes_10e9_l",
        "life_expectancy_months",
        "live_vaccine_planned_or_recent",
        "liver_burden_percent",
        "liver_dominant",
        "liver_metastases_resectable",
        "lvef_percent",
        "lymphovascular_invasion",
        "m_category",
        "main_portal_vein_occlusion",
        "major_surgery_planned_or_recent",
        "metastasis_confirmed_by_tissue",
        "metastatic_sites",
        "mitoses_highest_per_2mm2",
        "months_since_diagnosis",
        "months_since_prrt",
        "n_category",
        "necrosis_reported",
        "net_grade_highest",
        "net_grade_latest",
        "neutrophils_10e9_l",
        "nodes_examined",
        "nodes_positive",
        "non_avid_lesion_sites",
        "pain_cause_established",
        "platelets_10e9_l",
        "pregnancy",
        "primary_local_symptoms",
        "primary_resected",
        "primary_site",
        "primary_size_mm",
        "prior_90y_activity_known",
        "prior_therapies",
        "progressed_on",
        "progression",
        "progression_interval_months",
        "prrt_control_months",
        "refusal_age_days",
        "resectable",
        "resection_margin",
        "response_basis",
        "response_latest",
        "response_modality",
        "sex",
        "single_index_grade",
        "sirt_sessions",
        "sirt_whole_liver_given",
        "sstr_avid_nodes_beyond_pathology",
        "sstr_previously_positive",
        "sstr_status",
        "sstr_uptake",
        "stable_months",
        "stage_group",
        "stopped_for_toxicity",
        "stopped_with_disease_control",
        "symptoms",
        "t_category",
        "tempo",
        "threatening_site",
        "tissue_age_months",
        "tumour_burden",
        "weeks_since_prrt",
        "weeks_since_sirt",
    }
)
"""Facts that are worked out from other sections, with their freshness and contradictions: stating them is refused."""


def derive_observations(draft: Draft) -> None:
    """Writes down the newest statement of each fact."""
    seen = draft.seen(draft.record.observations)
    for name in sorted({s.entry.fact for s in seen}):
        fact = draft.vocabulary.facts.get(name)
        if fact is None or name in DECIDED:
            continue
        own = [s for s in seen if s.entry.fact == name]
        stated = ((s.span, s.known, stated_value(fact, s.entry.value)) for s in own)
        told: Latest[Value] | None = draft.newest(stated, name)
        if told is not None:
            draft.put(name, told.value, told.span, "stated in the record")
