"""What the history of treatment must know about therapies, read from the library's list of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cdss.therapy import Therapies, TherapyKind

_OPERATIONS = ("surgery", "endoscopic")
_LUTETIUM, _YTTRIUM = "177Lu", "90Y"


@dataclass(frozen=True, slots=True)
class Agents:
    """Therapies by what their history means.

    ``in_sessions``: without a recorded end they are over, on a day that is not known, and never "current".
    ``stoppable``: after their stop a progression is counted; not operations, nor what is given for symptoms alone.
    ``radiotherapy``: external radiation, which may have gone anywhere.
    ``removing``: what an operation may take out, by therapy.
    ``by_class``: the classes by which a record may say that nothing of the kind was given.
    ``systemic_class``: the antiproliferative class of each systemic drug. A change of class makes an earlier receptor
    scan stale. Adding a somatostatin analogue is no such change, so these have none, and neither have radioligands.
    """

    prrt: frozenset[str]
    lutetium_prrt: frozenset[str]
    yttrium_prrt: frozenset[str]
    radioligands: frozenset[str]
    liver_directed: frozenset[str]
    radiotherapy: frozenset[str]
    surgery: frozenset[str]
    in_sessions: frozenset[str]
    stoppable: frozenset[str]
    removing: Mapping[str, frozenset[str]]
    by_class: Mapping[str, frozenset[str]]
    systemic_class: Mapping[str, str]

    @staticmethod
    def of(therapies: Therapies) -> Agents:
        """The groups as the library's list has them: a therapy added there needs nothing here."""
        listed = therapies.therapies.values()
        prrt = frozenset(therapies.of_class("prrt"))
        radioligands = frozenset(t.id for t in listed if therapies.classes[t.classes[0]].modality == "radioligand")
        procedures = frozenset(t.id for t in listed if t.kind is TherapyKind.PROCEDURE)
        operations = frozenset(agent for name in _OPERATIONS for agent in therapies.of_class(name))
        systemic = frozenset(t.id for t in listed if t.systemic)
        without_class = radioligands.union(therapies.of_class("somatostatin_analogue"))
        against_the_tumour = {t.classes[0] for t in listed if t.systemic or t.intensive}
        return Agents(
            prrt=prrt,
            lutetium_prrt=frozenset(t.id for t in listed if t.id in prrt and t.radionuclide == _LUTETIUM),
            yttrium_prrt=frozenset(t.id for t in listed if t.id in prrt and t.radionuclide == _YTTRIUM),
            radioligands=radioligands,
            liver_directed=frozenset(therapies.of_class("liver_directed")),
            radiotherapy=frozenset(therapies.of_class("radiotherapy")),
            surgery=frozenset(therapies.of_class("surgery")),
            in_sessions=radioligands | procedures,
            stoppable=systemic | (procedures - operations),
            removing={t.id: frozenset(t.removes) for t in listed if t.removes},
            by_class={name: frozenset(t.id for t in listed if t.classes[0] == name) for name in against_the_tumour},
            systemic_class={t.id: t.classes[0] for t in listed if t.id in systemic - without_class},
        )

    def given_by(self, word: str) -> frozenset[str]:
        """The therapies that a record means by an id or by a class."""
        return self.by_class.get(word, frozenset({word}))
