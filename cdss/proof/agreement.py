"""Facts that agree with one another: what the reading of facts would neither contradict nor add to.

The same sentences as in ``cdss.facts.agreement``, as terms; a test holds the two against each other.
"""

from __future__ import annotations

from collections.abc import Iterator

from cdss.facts.agreement import DEGREES, DISTANT, OTHER_CRITERIA, UPTAKE_OF
from cdss.proof.door import Term
from cdss.proof.mentions import PAIRS, just_above, just_below
from cdss.proof.number import NumberTerms
from cdss.proof.patient import Patient

_GRADES = ("net_grade_highest", "net_grade_latest")


class Agreement:
    """The sentences over one patient. Facts the vocabulary does not have are left out."""

    def __init__(self, patient: Patient) -> None:
        self._patient, self._logic = patient, patient.logic

    def term(self) -> Term:
        """True of patients whose facts agree and are complete in what follows from them."""
        forbidden = [term for names, term in self._contradictions() if self._has(*names)]
        owed = [
            self._logic.any([-premise, conclusion])
            for names, premise, conclusion in self._consequences()
            if self._has(*names)
        ]
        return self._logic.all([*(-term for term in forbidden), *owed])

    def _has(self, *names: str) -> bool:
        return all(name in self._patient.facts for name in names)

    def _is(self, name: str, *values: str | bool) -> Term:
        """True when the fact is surely one of the values; never, where there is no such fact."""
        rails = self._patient.facts[name].rails if self._has(name) else {}
        return self._logic.any([rails[value] for value in values if value in rails])

    def _known(self, name: str) -> Term:
        return self._patient.facts[name].known if self._has(name) else self._logic.false

    def _number(self, name: str) -> NumberTerms:
        return self._patient.number(name)

    def _contradictions(self) -> Iterator[tuple[tuple[str, ...], Term]]:
        every, some = self._logic.all, self._logic.any
        if self._has("ki67_highest_percent", "net_grade_highest"):
            ki67, grade = self._number("ki67_highest_percent"), self._number("net_grade_highest")
            too_low = some(
                [
                    every([ki67.above(just_below(3)), grade.below(just_below(2))]),
                    every([ki67.above(just_above(20)), grade.below(just_below(3))]),
                ]
            )
            yield (), every([too_low, -self._is("primary_site", *OTHER_CRITERIA)])
        yield ("differentiation",), every([self._is("differentiation", "poor"), some(map(self._known, _GRADES))])
        for newest, highest in PAIRS:
            if self._has(newest, highest):
                later, top = self._number(newest), self._number(highest)
                yield (), some([every([later.above(cut), top.below(cut)]) for cut in top.cuts])
        for degree, thing in DEGREES.items():
            yield (degree, thing), every([self._known(degree), self._is(thing, False)])
        yield ("sex", "pregnancy"), every([self._is("sex", "male"), self._is("pregnancy", "not_excluded", "confirmed")])
        here = [self._is("extent", "localised"), self._is("m_category", "M0")]
        yield ("metastatic_sites",), every([some(self._spread()), some(here)])
        syndrome = every([self._known("functional_syndrome"), -self._is("functional_syndrome", "none")])
        yield ("functional_status",), every([self._is("functional_status", "non_functioning"), syndrome])
        for status, fitting in UPTAKE_OF.items():
            fits = self._is("sstr_uptake", *fitting)
            yield (
                ("sstr_status", "sstr_uptake"),
                every([self._is("sstr_status", status), self._known("sstr_uptake"), -fits]),
            )
        yield (
            ("sstr_status", "fdg_positive_sstr_negative_lesion"),
            every([self._is("sstr_status", "positive"), self._is("fdg_positive_sstr_negative_lesion", True)]),
        )

    def _spread(self, *, but: tuple[str, ...] = ()) -> list[Term]:
        """For each distant place, that it surely holds metastases."""
        if not self._has("metastatic_sites"):
            return []
        rails = self._patient.facts["metastatic_sites"].rails
        return [rails[site, True] for site in DISTANT if (site, True) in rails and site not in but]

    def _consequences(self) -> Iterator[tuple[tuple[str, ...], Term, Term]]:
        """The facts needed, what is known, and what is then known too."""
        every, some = self._logic.all, self._logic.any
        for degree, thing in DEGREES.items():
            yield (thing,), self._known(degree), self._known(thing)
        if self._has("age_years"):
            yield ("pregnancy",), self._number("age_years").above(just_below(60)), self._known("pregnancy")
        yield ("pregnancy",), self._is("sex", "male"), self._known("pregnancy")
        syndrome, status = "functional_syndrome", "functional_status"
        yield (syndrome,), self._is(status, "non_functioning"), self._known(syndrome)
        yield (
            (status, syndrome),
            every([self._known(syndrome), -self._is(syndrome, "none")]),
            self._known(status),
        )
        graded = some(map(self._known, _GRADES))
        yield ("differentiation",), graded, self._known("differentiation")
        digestive = every([self._known("primary_site"), -self._is("primary_site", *OTHER_CRITERIA)])
        for grade, index in zip(_GRADES, ("ki67_highest_percent", "ki67_latest_percent"), strict=True):
            well = every([self._is("differentiation", "well"), digestive, self._known(index)])
            yield (grade, index), well, graded
        yield ("m_category",), self._is("extent", "metastatic", "localised"), self._known("m_category")
        localised = self._is("extent", "localised")
        if self._has("metastatic_sites"):
            rails = self._patient.facts["metastatic_sites"].rails
            free = [rails[site, False] for site in DISTANT if (site, False) in rails]
            yield (), localised, every(free)
        yield ("extrahepatic_disease",), localised, self._known("extrahepatic_disease")
        yield (
            ("metastatic_sites", "extrahepatic_disease"),
            some(self._spread(but=("liver",))),
            self._known("extrahepatic_disease"),
        )
        if self._has("metastatic_sites"):
            rails = self._patient.facts["metastatic_sites"].rails
            elsewhere = [t for key, t in rails.items() if isinstance(key, tuple) and key[1] and key[0] != "liver"]
            only = every([self._known("metastatic_sites"), -some(elsewhere)])
            yield ("extrahepatic_disease",), only, self._known("extrahepatic_disease")
