# ruff: noqa: E501 (the table reads best with one row a line)
"""The published case, row by row, by meaning: therapy, standing, label, alert. Written from the report, not the engine.

Noe et al. 2016: a rectal NET G2 that lost its receptors. The report has no calendar; time zero is an assumption that
puts the everolimus decision (five years on) in early 2015, before the label extensions of 2016.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from cdss.case import Case, load_case
from cdss.consult import Question, consult
from cdss.decision import Alert, Decision, Option, Said, Standing
from cdss.errors import Problems
from cdss.expectation import SUGGESTED
from cdss.facts.direct import facts_from_mapping
from cdss.locations import cases_folder
from cdss.reports.replay import render_replay
from cdss.reports.text import render_text
from cdss.rule import Intent, Provenance, Stance
from cdss.values import Truth
from tests.patients import engine

THEN, TODAY = None, date(2026, 11, 1)
BODIES = ("ema", "fda")
PRRT = ("lu177_dotatate", "lu177_edotreotide", "y90_dotatoc", "alpha_prrt")
ANALOGUES = ("octreotide_lar", "lanreotide")
SYMPTOMS = Intent.SYMPTOM_CONTROL
Expectation: TypeAlias = Callable[[Decision], bool]


@cache
def noe() -> Case:
    return load_case("noe-2016", cases_folder())


@cache
def decided(point: str, as_of: date | None = THEN, time_zero: date | None = None) -> Decision:
    return consult(engine(), noe(), Question(point, as_of, BODIES, time_zero=time_zero)).decision


def changed(point: str, as_of: date | None = THEN, time_zero: date | None = None, **facts: Any) -> Decision:
    values = facts_from_mapping(facts, engine().library.vocabulary)
    changes = {name: values.get(name) for name in facts}
    return consult(engine(), noe(), Question(point, as_of, BODIES, changes, time_zero)).decision


# ── what can be expected of a decision ───────────────────────────────────────────────────────


def option(decision: Decision, therapy: str, intent: Intent = Intent.ANTIPROLIFERATIVE) -> Option | None:
    return decision.option(therapy, intent)


def standing(decision: Decision, therapy: str, intent: Intent = Intent.ANTIPROLIFERATIVE) -> str:
    found = option(decision, therapy, intent)
    return found.standing.value if found else "silent"


def stands(
    therapies: str | tuple[str, ...],
    *wanted: str,
    would_be: str | None = None,
    intent: Intent = Intent.ANTIPROLIFERATIVE,
) -> Expectation:
    """Every one of the therapies has one of the standings."""

    def holds(decision: Decision) -> bool:
        for therapy in (therapies,) if isinstance(therapies, str) else therapies:
            found = option(decision, therapy, intent)
            if standing(decision, therapy, intent) not in wanted:
                return False
            if would_be is not None and (found is None or found.would_be != would_be):
                return False
        return True

    return holds


def addressed(therapies: Iterable[str]) -> Expectation:
    """Somebody in force speaks of every one of them, for one intent or another."""
    return lambda d: all(any(o.therapy == therapy for o in d.options) for therapy in therapies)


def waits_for(therapies: str | tuple[str, ...], *facts: str) -> Expectation:
    """Every one of the therapies names all of these facts as missing."""
    names = (therapies,) if isinstance(therapies, str) else therapies
    return lambda d: all((o := option(d, name)) is not None and set(facts) <= set(o.missing) for name in names)


def waits_for_some(therapies: tuple[str, ...], *facts: str) -> Expectation:
    """Every one of the therapies names at least one of these facts as missing."""
    return lambda d: all((o := option(d, name)) is not None and bool(set(facts) & set(o.missing)) for name in therapies)


def only_recalled(therapies: tuple[str, ...]) -> Expectation:
    """Addressed, undetermined and unconfirmed, for whichever intent somebody speaks."""

    def holds(decision: Decision) -> bool:
        found = [o for o in decision.options if o.therapy in therapies]
        return {o.therapy for o in found} == set(therapies) and all(
            o.standing is Standing.UNDETERMINED and o.unconfirmed for o in found
        )

    return holds


def confirmed(therapies: tuple[str, ...]) -> Expectation:
    """Supported by at least one statement that surely applies and whose source was opened."""
    return lambda d: all(any(opened(s) for s in supporters(d, therapy)) for therapy in therapies)


def supporters(decision: Decision, therapy: str) -> list[Said]:
    return [s for o in decision.options if o.therapy == therapy for s in o.statements if s.stance.favours]


def opened(said: Said) -> bool:
    return said.truth is Truth.YES and said.provenance in (Provenance.READ, Provenance.RESTATED)


def label(therapy: str, **wanted: str) -> Expectation:
    return lambda d: (o := option(d, therapy)) is not None and {b: o.label[b].value for b in wanted} == wanted


def not_suggested(name: str) -> Expectation:
    """Neither the therapy nor any of the class is recommended, an option or conditional, for any intent."""
    covered = engine().library.therapies.covered_by(frozenset({name}))
    assert covered
    return lambda d: not [o for o in d.options if o.therapy in covered and o.standing in SUGGESTED]


def suggested(therapy: str) -> Expectation:
    return lambda d: any(o.therapy == therapy and o.standing in SUGGESTED for o in d.options)


def alert(name: str, *, because: tuple[str, ...] = (), says: tuple[str, ...] = (), severity: str = "") -> Expectation:
    def holds(decision: Decision) -> bool:
        found = [a for a in decision.alerts if a.alert == name]
        return bool(found) and all(
            set(because) <= set(a.because)
            and all(word in a.message for word in says)
            and severity in ("", a.severity.value)
            for a in found
        )

    return holds


def no_alert(name: str) -> Expectation:
    return lambda d: name not in {a.alert for a in d.alerts}


def asks(*wanted: str) -> Expectation:
    return lambda d: set(wanted) <= {item for a in d.alerts for item in a.ask}


def fact(name: str, value: Any) -> Expectation:
    return lambda d: (d.facts[name].value if name in d.facts else "unknown") == value


def excludes(name: str, member: str) -> Expectation:
    """The set is known not to hold the member."""
    return lambda d: member in d.facts[name].value.get("excludes", []) and member not in d.facts[name].value["includes"]


def says(*words: str) -> Expectation:
    return lambda d: all(word.lower() in everything(d) for word in words)


def never_says(*words: str) -> Expectation:
    return lambda d: not any(word.lower() in everything(d) for word in words)


def everything(decision: Decision) -> str:
    """The whole page and the outline, as one line of small letters."""
    pages = (render_text(decision, 100, full=True), render_text(decision, 100), render_replay([decision], 100))
    return " ".join(" ".join(page.text() for page in pages).lower().split())


def cites(therapy: str, source: str, *, truth: str, stance: Stance | None = None, with_: str = "") -> Expectation:
    """A statement about the therapy rests on the source, and applies as surely as said."""
    return lambda d: any(
        s.truth.value == truth and stance in (None, s.stance) and (not with_ or with_ in s.combined_with)
        for s in sources(d, therapy, source)
    )


def told(decision: Decision, therapy: str) -> str:
    """What surely applies to the therapy and what the alerts say, in small letters."""
    said = [s for o in decision.options if o.therapy == therapy for s in (*o.statements, *o.cautions, *o.blocks)]
    return " ".join([*(s.says for s in said if s.truth is Truth.YES), *(a.message for a in decision.alerts)]).lower()


def sources(decision: Decision, therapy: str, source: str) -> list[Said]:
    said = [s for o in decision.options if o.therapy == therapy for s in (*o.statements, *o.cautions, *o.blocks)]
    return [s for s in said if source in {c.ref for c in s.cites}]


def warns(therapy: str, *words: str, because: str = "") -> Expectation:
    """Cautions or blocks that surely apply say all these words between them."""

    def holds(decision: Decision) -> bool:
        found = option(decision, therapy)
        assert found is not None
        sure = [s for s in (*found.cautions, *found.blocks) if s.truth is Truth.YES]
        sure = [s for s in sure if not because or because in s.because]
        text = " ".join(s.says.lower() for s in sure)
        return all(word in text for word in words)

    return holds


def blocked_because(therapy: str, *facts: str) -> Expectation:
    """Rules that surely speak against it rest on every one of these facts."""

    def holds(decision: Decision) -> bool:
        found = option(decision, therapy)
        return found is not None and set(facts) <= {
            name for s in found.blocks if s.truth is Truth.YES for name in s.because
        }

    return holds


def stage(group: str, edition: str) -> Expectation:
    return lambda d: (
        any(group in text and edition in text for line in d.overview["stage"] for text in line["groups"])
        and says(f"{group} ({edition})")(d)
    )


CYTOTOXIC = ("captem", "temozolomide", "dacarbazine", "stz_5fu", "folfox")
"""The regimens that are given to well-differentiated NET."""


# ── the table ────────────────────────────────────────────────────────────────────────────────

TABLE: list[tuple[str, date | None, str, Expectation]] = [
    # 1  before surgery
    ("before-surgery", THEN, "radical resection is addressed", stands("primary_resection", "recommended", "option", "conditional", "undetermined")),
    ("before-surgery", THEN, "resection means with mesorectal excision", says("mesorectal")),
    ("before-surgery", THEN, "imaging of the lateral nodes is asked for", asks("pelvic_mri")),
    ("before-surgery", THEN, "lateral nodes have an alert of their own", alert("lateral-nodes-imaging")),
    ("before-surgery", THEN, "endoscopy alone is not suggested", not_suggested("endoscopic_resection")),
    ("before-surgery", THEN, "endoscopy alone is ruled out, not only left open", stands("endoscopic_resection", "not_indicated", "contraindicated", "advised_against")),
    ("before-surgery", TODAY, "endoscopy alone is not suggested today either", not_suggested("endoscopic_resection")),
    ("before-surgery", THEN, "nothing for metastatic disease is suggested", not_suggested("cytotoxic_chemotherapy")),
    # 2  after surgery
    ("after-surgery", THEN, "G2 by the highest Ki-67", fact("net_grade_highest", 2)),
    ("after-surgery", THEN, "Ki-67 15 %", fact("ki67_highest_percent", 15)),
    ("after-surgery", THEN, "stage IIIB by AJCC 8", stage("IIIB", "AJCC 8")),
    ("after-surgery", THEN, "stage IIIB by ENETS", stage("IIIB", "ENETS 2007")),
    ("after-surgery", THEN, "one node positive of twelve", lambda d: fact("nodes_positive", 1)(d) and fact("nodes_examined", 12)(d)),
    ("after-surgery", THEN, "two avid nodes, one positive: the mismatch alerts", alert("node-mismatch", severity="critical")),
    ("after-surgery", THEN, "one node more was avid than was found", fact("sstr_avid_nodes_beyond_pathology", 1)),
    ("after-surgery", THEN, "the mismatch asks for review and imaging", asks("pathology_review", "sstr_pet")),
    ("after-surgery", THEN, "lymphovascular invasion is asked for", asks("lymphovascular_invasion")),
    ("after-surgery", THEN, "the mismatch stands on the page: N1 does not pass without comment", says("receptor scan before surgery showed more nodes than pathology found")),
    # 3  about one year
    ("liver-metastases", THEN, "metastases are confirmed by biopsy", fact("metastasis_confirmed_by_tissue", True)),
    ("liver-metastases", THEN, "highest Ki-67 15 %", fact("ki67_highest_percent", 15)),
    ("liver-metastases", THEN, "latest Ki-67 10 %", fact("ki67_latest_percent", 10)),
    ("liver-metastases", THEN, "G2 by the highest", fact("net_grade_highest", 2)),
    ("liver-metastases", THEN, "G2 by the latest", fact("net_grade_latest", 2)),
    ("liver-metastases", THEN, "receptors are positive", fact("sstr_status", "positive")),
    ("liver-metastases", THEN, "analogues are addressed", addressed(ANALOGUES)),
    ("liver-metastases", THEN, "PRRT is addressed", addressed(("lu177_dotatate", "y90_dotatoc"))),
    ("liver-metastases", THEN, "analogues rest on recalled statements only", only_recalled(ANALOGUES)),
    ("liver-metastases", THEN, "PRRT rests on recalled statements only", only_recalled(("lu177_dotatate", "y90_dotatoc"))),
    ("liver-metastases", THEN, "nothing of later years speaks", lambda d: all(s.version == "always" or s.version <= "2011-01-15" for o in d.options for s in (*o.statements, *o.cautions, *o.blocks))),
    ("liver-metastases", THEN, "PRRT is on no label", label("lu177_dotatate", ema="off_label", fda="off_label")),
    ("liver-metastases", TODAY, "today analogues are addressed against growth", lambda d: all(option(d, t) is not None for t in ANALOGUES)),
    ("liver-metastases", TODAY, "today PRRT is addressed, by sources that were opened", confirmed(("lu177_dotatate",))),
    ("liver-metastases", TODAY, "today PRRT with lutetium is not left unconfirmed", lambda d: (o := option(d, "lu177_dotatate")) is not None and not o.unconfirmed),
    ("liver-metastases", THEN, "resection or ablation of the liver metastases is asked for", asks("liver_metastases_resectable")),
    ("liver-metastases", THEN, "restaging is asked for", asks("restaging_ct")),
    ("liver-metastases", THEN, "Ki-67 straddles the ceiling: both readings are shown", alert("ki67-straddles-ssa-ceiling", because=("ki67_highest_percent", "ki67_latest_percent"))),
    ("liver-metastases", THEN, "both Ki-67 stand in the header", says("ki-67 15 %", "ki-67 10 %")),
    # 4  five years, receptors lost
    ("receptor-loss", THEN, "receptors are lost", fact("sstr_status", "negative")),
    ("receptor-loss", THEN, "the loss alerts", alert("sstr-loss", severity="critical")),
    ("receptor-loss", THEN, "FDG-PET and a new biopsy are asked for", asks("fdg_pet", "biopsy_non_avid_lesion")),
    ("receptor-loss", THEN, "PRRT is not indicated", stands(PRRT, "not_indicated")),
    ("receptor-loss", TODAY, "PRRT is not indicated today either", stands(PRRT, "not_indicated")),
    ("receptor-loss", THEN, "PRRT lacks its target", blocked_because("lu177_dotatate", "sstr_status")),
    ("receptor-loss", THEN, "the old positive scan does not bring PRRT back", not_suggested("prrt")),
    ("receptor-loss", THEN, "small or necrotic lesions can be falsely negative: the caveat is shown", says("falsely negative")),
    ("receptor-loss", THEN, "the 90Y activity is unknown", alert("prior-radionuclide-dose-unknown", severity="critical")),
    ("receptor-loss", THEN, "dose and renal function are asked for", asks("dose_reconstruction", "renal_function")),
    ("receptor-loss", THEN, "SIRT, TAE and TACE are undetermined", stands(("sirt", "tae", "tace"), "undetermined")),
    ("receptor-loss", THEN, "they wait for whether the liver dominates", waits_for(("sirt", "tae", "tace"), "liver_dominant")),
    ("receptor-loss", THEN, "they wait for liver reserve", waits_for_some(("sirt", "tae", "tace"), "bilirubin_mg_dl", "bilirubin_x_uln", "albumin_g_l", "child_pugh", "ascites", "inr")),
    ("receptor-loss", THEN, "SIRT waits for how much of the liver was treated before", waits_for("sirt", "sirt_whole_liver_given")),
    ("receptor-loss", TODAY, "SIRT, TAE and TACE are undetermined today as well", stands(("sirt", "tae", "tace"), "undetermined")),
    ("receptor-loss", THEN, "transplantation is not indicated", stands("liver_transplantation", "not_indicated")),
    ("receptor-loss", THEN, "for disease outside the liver and for the rectal primary", lambda d: blocked_because("liver_transplantation", "primary_site")(d) and (blocked_because("liver_transplantation", "extrahepatic_disease")(d) or blocked_because("liver_transplantation", "extrahepatic_progression")(d))),
    ("receptor-loss", THEN, "analogues have no antiproliferative ground", stands(ANALOGUES, "not_indicated", "advised_against", "silent")),
    ("receptor-loss", TODAY, "nor do they have one today", stands(ANALOGUES, "not_indicated", "advised_against", "silent")),
    ("receptor-loss", TODAY, "for symptoms they wait for a syndrome", lambda d: all((o := option(d, t, SYMPTOMS)) is not None and o.standing is Standing.UNDETERMINED and bool({"functional_status", "functional_syndrome"} & set(o.missing)) for t in ANALOGUES)),
    ("receptor-loss", THEN, "lung lesions without uptake: a second primary is thought of", alert("non-avid-lung-lesion", says=("second primary",))),
    ("receptor-loss", THEN, "a biopsy of the lung is asked for", asks("biopsy_lung_lesion")),
    ("receptor-loss", THEN, "the pain needs a cause", alert("pain-needs-cause")),
    ("receptor-loss", THEN, "the last tissue is old", alert("old-tissue")),
    ("receptor-loss", THEN, "about four years old", fact("tissue_age_months", 48)),
    # 5  chemotherapy declined
    ("chemotherapy-declined", THEN, "chemotherapy is declined and would be undetermined", stands(CYTOTOXIC, "declined", would_be="undetermined")),
    ("chemotherapy-declined", THEN, "all cytotoxic options of which anybody speaks are declined", lambda d: {o.standing.value for o in d.options if o.class_ == "cytotoxic_chemotherapy"} == {"declined"}),
    ("chemotherapy-declined", THEN, "because the tempo is unknown", lambda d: any(waits_for(t, "tempo")(d) for t in CYTOTOXIC)),
    ("chemotherapy-declined", THEN, "no cytotoxic option is suggested", not_suggested("cytotoxic_chemotherapy")),
    ("chemotherapy-declined", TODAY, "chemotherapy is declined today as well", stands(CYTOTOXIC, "declined")),
    ("chemotherapy-declined", THEN, "everolimus is conditional, or undetermined while only unconfirmed statements support it", lambda d: standing(d, "everolimus") == "conditional" or only_recalled(("everolimus",))(d)),
    ("chemotherapy-declined", THEN, "everolimus is off label", label("everolimus", ema="off_label", fda="off_label")),
    ("chemotherapy-declined", THEN, "the standing of everolimus does not come from the refusal", lambda d: option(d, "everolimus") == option(decided("receptor-loss"), "everolimus")),
    ("chemotherapy-declined", THEN, "RADIANT-2 colorectal subset, with octreotide, match unknown", cites("everolimus", "radiant-2-colorectal-2013", truth="unknown", with_="octreotide_lar")),
    ("chemotherapy-declined", THEN, "that it lacks is whether there is a syndrome", lambda d: all({"functional_status", "functional_syndrome"} & set(s.missing) for s in sources(d, "everolimus", "radiant-2-colorectal-2013"))),
    ("chemotherapy-declined", THEN, "RADIANT-4 is not published yet and supports nothing", lambda d: not {"radiant-4-2016", "radiant-4-gi-2018"} & {c.ref for s in supporters(d, "everolimus") for c in s.cites}),
    ("chemotherapy-declined", date(2019, 1, 1), "RADIANT-4 and its rectal subset once published", lambda d: "rect" in " ".join(s.says.lower() for s in supporters(d, "everolimus") if s.body == "evidence") and bool(sources(d, "everolimus", "radiant-4-2016") or sources(d, "everolimus", "radiant-4-gi-2018"))),
    ("chemotherapy-declined", THEN, "liver and marrow after 90Y and SIRT: caution", warns("everolimus", "liver", "marrow", because="prior_therapies")),
    ("chemotherapy-declined", THEN, "the 12-fold note needs PRRT and chemotherapy: absent", lambda d: not warns("everolimus", "twelve")(d)),
    ("chemotherapy-declined", THEN, "the 12-fold note is on no page", never_says("twelve times")),
    ("chemotherapy-declined", TODAY, "nor today", lambda d: not warns("everolimus", "twelve")(d) and never_says("twelve times")(d)),
    ("chemotherapy-declined", TODAY, "today everolimus is conditional", stands("everolimus", "conditional", would_be="recommended")),
    ("chemotherapy-declined", TODAY, "today cabozantinib is conditional", stands("cabozantinib", "conditional")),
    ("chemotherapy-declined", TODAY, "both from verified statements", lambda d: confirmed(("everolimus", "cabozantinib"))(d) and not any(o.unconfirmed for o in d.options if o.therapy in ("everolimus", "cabozantinib") and o.intent is Intent.ANTIPROLIFERATIVE)),
    ("chemotherapy-declined", THEN, "cabozantinib is not thought of in 2015", stands("cabozantinib", "silent")),
    ("chemotherapy-declined", TODAY, "everolimus: the label turns on functional status", label("everolimus", ema="indeterminate", fda="indeterminate")),
    ("chemotherapy-declined", THEN, "a clinical trial is among the options", suggested("clinical_trial")),
    ("chemotherapy-declined", THEN, "best supportive care is there alongside", suggested("best_supportive_care")),
    ("chemotherapy-declined", TODAY, "both today as well", lambda d: suggested("clinical_trial")(d) and suggested("best_supportive_care")(d)),
    ("chemotherapy-declined", THEN, "PRRT stays not indicated", stands(PRRT, "not_indicated")),
    # 6  three months on everolimus
    ("three-months", THEN, "reported stable, not computed", alert("response-reported-not-computed")),
    ("three-months", THEN, "stable as reported", lambda d: fact("response_latest", "SD")(d) and fact("response_basis", "reported")(d)),
    ("three-months", THEN, "necrosis is a description", alert("necrosis-descriptor")),
    ("three-months", THEN, "Choi density cannot be computed on MRI", alert("choi-not-computable-on-mri")),
    ("three-months", THEN, "lesions treated by SIRT are no targets unless they grew", alert("treated-lesions-not-targets", says=("unless they have grown",))),
    ("three-months", THEN, "nobody says partial response", never_says("partial response")),
    ("three-months", TODAY, "nobody says partial response today", never_says("partial response")),
    ("three-months", THEN, "everolimus has not failed", lambda d: not blocked_because("everolimus", "progressed_on")(d)),
    # 7  everolimus withdrawn
    ("everolimus-stopped", THEN, "stopped for intolerance, disease controlled: no failure", alert("intolerance-is-not-failure")),
    ("everolimus-stopped", THEN, "everolimus is known not to have progressed", excludes("progressed_on", "everolimus")),
    ("everolimus-stopped", THEN, "rechallenge is undetermined", stands("everolimus", "undetermined")),
    ("everolimus-stopped", THEN, "event, grade and lowest dose are what it lacks", alert("everolimus-rechallenge", says=("kind and grade", "lowest dose"))),
    ("everolimus-stopped", THEN, "the grade of the event is among the missing facts", waits_for("everolimus", "contraindicated_by_toxicity")),
    ("everolimus-stopped", THEN, "nobody says that everolimus failed", never_says("everolimus failed", "failed everolimus", "failure of everolimus")),
    ("everolimus-stopped", THEN, "nobody advises to start everolimus again at a lower dose", lambda d: not any(word in told(d, "everolimus") for word in ("lower dose", "reduced dose", "dose reduction", "start again", "re-start", "restart"))),
    # 8  progression after the withdrawal
    ("off-therapy", THEN, "progression is documented", fact("progression", "documented")),
    ("off-therapy", THEN, "off therapy", alert("progression-off-therapy")),
    ("off-therapy", THEN, "about 45 days after the stop", lambda d: 43 <= d.facts["days_from_stop_to_progression"].value <= 47),
    ("off-therapy", THEN, "its onset is unknown", alert("progression-onset-unknown")),
    ("off-therapy", THEN, "there was no scan at the stop", fact("imaged_when_stopped", False)),
    ("off-therapy", THEN, "not progressive on everolimus", excludes("progressed_on", "everolimus")),
    ("off-therapy", THEN, "nor blocked as if it were", lambda d: not blocked_because("everolimus", "progressed_on")(d)),
    ("off-therapy", THEN, "nobody says progressive on everolimus", never_says("progressive on everolimus", "progressed on everolimus", "progression on everolimus")),
]  # fmt: skip


@pytest.mark.parametrize(
    ("point", "as_of", "sentence", "holds"),
    TABLE,
    ids=[f"{point}, {as_of or 'then'}: {sentence}" for point, as_of, sentence, _ in TABLE],
)
def test_the_table_of_the_case(point: str, as_of: date | None, sentence: str, holds: Expectation) -> None:
    assert holds(decided(point, as_of)), sentence


def test_every_point_of_the_case_has_its_rows() -> None:
    points = [p.id for p in noe().file.points]
    assert len(points) == 8
    assert {row[0] for row in TABLE} == set(points)


# ── both sides of the label extensions of 2016 ───────────────────────────────────────────────

SIDES = [
    # decided on    functional status    EMA              FDA
    ("2016-02-25", "unknown", "off_label", "off_label"),
    ("2016-02-26", "unknown", "off_label", "indeterminate"),
    ("2016-05-25", "unknown", "off_label", "indeterminate"),
    ("2016-05-26", "unknown", "indeterminate", "indeterminate"),
    ("2016-02-25", "non_functioning", "off_label", "off_label"),
    ("2016-02-26", "non_functioning", "off_label", "on_label"),
    ("2016-05-25", "non_functioning", "off_label", "on_label"),
    ("2016-05-26", "non_functioning", "on_label", "on_label"),
    ("2016-02-26", "functioning", "off_label", "off_label"),
    ("2016-05-26", "functioning", "off_label", "off_label"),
]


@pytest.mark.parametrize(("on", "functional", "ema", "fda"), SIDES)
@pytest.mark.parametrize("moved", ["the record", "the knowledge"])
def test_everolimus_on_both_sides_of_its_labels(on: str, functional: str, ema: str, fda: str, moved: str) -> None:
    day = date.fromisoformat(on)
    if moved == "the record":
        decision = changed(
            "chemotherapy-declined", time_zero=day.replace(year=day.year - 5), functional_status=functional
        )
        assert (decision.on, decision.knowledge.as_of) == (day, day)
    else:
        decision = changed("chemotherapy-declined", day, functional_status=functional)
    assert label("everolimus", ema=ema, fda=fda)(decision)


@pytest.mark.parametrize("body", BODIES)
def test_each_jurisdiction_can_be_asked_for_alone(body: str) -> None:
    question = Question("chemotherapy-declined", THEN, (body,))
    decision = consult(engine(), noe(), question).decision
    assert decision.jurisdictions == (body,)
    assert label("everolimus", **{body: "off_label"})(decision)


# ── changes that must behave ─────────────────────────────────────────────────────────────────


def moved(before: Decision, after: Decision) -> dict[str, tuple[str | None, str | None]]:
    """Therapy → standing before and after, where it differs."""
    one, other = ({(o.therapy, o.intent): o.standing.value for o in d.options} for d in (before, after))
    return {k[0]: (one.get(k), other.get(k)) for k in {*one, *other} if one.get(k) != other.get(k)}


@pytest.mark.parametrize("as_of", [THEN, TODAY])
def test_without_the_refusal_chemotherapy_returns_and_nothing_else_moves(as_of: date | None) -> None:
    before, after = decided("chemotherapy-declined", as_of), changed("chemotherapy-declined", as_of, declined=[])
    found = moved(before, after)
    assert set(CYTOTOXIC) <= set(found)
    chemotherapy = engine().library.therapies.of_class("cytotoxic_chemotherapy")
    assert set(found) <= set(chemotherapy)
    for therapy, (was, now) in found.items():
        would_be = before.option(therapy)
        assert was == "declined"
        assert would_be is not None
        assert would_be.would_be == now
    others = [o for o in before.options if o.therapy not in chemotherapy]
    assert others == [o for o in after.options if o.therapy not in chemotherapy]


def test_without_the_refusal_chemotherapy_is_undetermined() -> None:
    after = changed("chemotherapy-declined", declined=[])
    assert {standing(after, therapy) for therapy in CYTOTOXIC} == {"undetermined"}


def test_the_point_before_the_refusal_reads_as_the_refusal_taken_back() -> None:
    assert not moved(decided("receptor-loss"), changed("chemotherapy-declined", declined=[]))


def test_at_2026_the_guideline_layer_changes_and_the_facts_do_not() -> None:
    then, today = decided("chemotherapy-declined"), decided("chemotherapy-declined", TODAY)
    assert then.facts == today.facts
    assert then.on == today.on
    found = moved(then, today)
    assert found["cabozantinib"] == (None, "conditional")
    old, new = then.option("everolimus"), today.option("everolimus")
    assert old is not None
    assert new is not None
    assert (old.would_be, new.would_be) == (Standing.OPTION, Standing.RECOMMENDED)
    assert {s.body for s in new.statements if s.truth is Truth.YES and s.stance.favours} >= {"enets", "esmo"}
    printed = {s.strength.level for s in new.statements if s.body == "enets" and s.strength and s.truth is Truth.YES}
    assert "1b-B" in printed


def edited(tmp_path: Path, edits: Mapping[str, str]) -> Case:
    """The case with pieces of its text replaced, each of which stands in it once."""
    text = (cases_folder() / "rectum/noe-2016.yaml").read_text(encoding="utf-8")
    text = text[: text.index("\nexpect:")] + "\n" if "\nexpect:" in text else text
    for old, new in edits.items():
        assert text.count(old) == 1, f"'{old}' stands {text.count(old)} times in the case"
        text = text.replace(old, new)
    path = tmp_path / "noe-edited.yaml"
    path.write_text(text, encoding="utf-8")
    return load_case(str(path), cases_folder())


@pytest.mark.parametrize("written", ["ki67: 0.15", "ki67: 1", "ki67: 0.9"])
def test_ki67_as_a_fraction_without_its_unit_is_rejected(written: str, tmp_path: Path) -> None:
    with pytest.raises(Problems, match="needs its unit") as caught:
        edited(tmp_path, {"ki67: 15": written})
    (problem,) = caught.value.problems
    assert problem.place.line > 0
    assert written.removeprefix("ki67: ") not in problem.render().replace("percentage of 1 or less", "").replace(
        'unit: "1"', ""
    ).replace(str(problem.place), "")


def test_ki67_as_a_fraction_with_its_unit_is_fifteen_percent(tmp_path: Path) -> None:
    case = edited(tmp_path, {"ki67: 15": 'ki67: {value: 0.15, unit: "1"}'})
    decision = consult(engine(), case, Question("after-surgery")).decision
    assert fact("ki67_highest_percent", 15)(decision)


BLOCKED = (*PRRT, "sirt")


@pytest.mark.parametrize("as_of", [THEN, TODAY])
@pytest.mark.parametrize("point", ["liver-metastases", "receptor-loss", "chemotherapy-declined"])
def test_pregnancy_not_excluded_at_34_blocks_prrt_and_sirt(point: str, as_of: date | None) -> None:
    decision = changed(point, as_of, age_years=34, pregnancy="not_excluded")
    for therapy in BLOCKED:
        assert standing(decision, therapy) == "contraindicated"
        assert blocked_because(therapy, "pregnancy")(decision)


def test_pregnancy_not_excluded_in_the_record_of_a_woman_of_34_blocks_them_as_well(tmp_path: Path) -> None:
    edits = {
        "age: {years: 56, date: +0d}": "age: {years: 33, date: +0d}",
        "  preferences:\n": "  reproduction:\n    - {date: +1a, pregnancy: not_excluded}\n  preferences:\n",
    }
    decision = consult(engine(), edited(tmp_path, edits), Question("liver-metastases")).decision
    assert fact("age_years", 34)(decision)
    assert {standing(decision, therapy) for therapy in BLOCKED} == {"contraindicated"}


def test_pregnancy_is_not_asked_of_a_woman_of_61() -> None:
    decision = decided("receptor-loss")
    assert fact("pregnancy", "not_possible")(decision)
    assert "pregnancy" not in {m.fact for m in decision.missing}


def test_alerts_are_sentences_with_their_reasons_and_no_codes() -> None:
    for point in noe().file.points:
        for found in decided(point.id).alerts:
            check_sentence(found)


def check_sentence(found: Alert) -> None:
    assert found.message[:1].isupper()
    assert found.message.endswith(".")
    assert "_" not in found.message
