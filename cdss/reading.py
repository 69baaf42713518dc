"""The rules folder → its models: which file is what, read in an order in which each can be checked against the others.

Every problem of every file is reported at once. A file that cannot be read does not make others wrong that refer to it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

from cdss.assurance import HAZARDS, INVARIANTS, Assurance, Hazards, Invariants, unknown_names
from cdss.binding import Binder, Names, circles, definitions_that_ask_known
from cdss.citation import Reference, References
from cdss.claims import DECLARED, PROOFS, ClaimReader, Claims, DeclaredFile, ProofFile
from cdss.errors import CdssError, Place, Problem, Problems
from cdss.rule import Definition, Rule
from cdss.rulefile import DefinitionFile, MoreExamples, RuleFile
from cdss.scale import Scales
from cdss.source import Document, read, validate
from cdss.spelling import problem_at
from cdss.therapy import Therapies
from cdss.vocabulary import Vocabulary

Model = TypeVar("Model", bound=BaseModel)
Bound = TypeVar("Bound", Definition, Rule)
_REGISTRIES = ("vocabulary.yaml", "therapies.yaml", "scales.yaml", INVARIANTS, HAZARDS, PROOFS, DECLARED)
_WORD = re.compile(r"[a-z0-9][a-z0-9_-]*")
_READ_ELSEWHERE = (".yaml", ".yml", ".json")


@dataclass(frozen=True, slots=True)
class Contents:
    """What a rules folder holds, by name, and the documents it came from by path below the folder."""

    vocabulary: Vocabulary
    therapies: Therapies
    references: Mapping[str, Reference]
    scales: Scales
    definitions: Mapping[str, Definition]
    rules: Mapping[str, Rule]
    assurance: Assurance
    claims: Claims
    documents: Mapping[str, Document]


def read_folder(root: Path) -> Contents:
    """What lies in ``root``. Raises Problems with every mistake of every file, or CdssError when it is no folder."""
    if not root.is_dir():
        raise CdssError(f"there is no rules folder at {root}")
    return _Reader(root).contents()


class _Reader:
    """One reading: collects problems instead of stopping at the first."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.problems: list[Problem] = []
        self.documents: dict[str, Document] = {}
        self.citations: list[str] = []
        self.definitions: dict[str, str] = {}
        self.rules: dict[str, str] = {}
        self.more_examples: list[str] = []

    def contents(self) -> Contents:
        for path in self._files():
            self._sort(path.relative_to(self.root).as_posix(), path)
        vocabulary = self._registry("vocabulary.yaml", Vocabulary)
        therapies = self._registry("therapies.yaml", Therapies)
        scales = self._registry("scales.yaml", Scales) if (self.root / "scales.yaml").exists() else Scales()
        references, sources = self._references()
        written_definitions = self._written(self.definitions, DefinitionFile)
        written_rules = self._written(self.rules, RuleFile)
        if vocabulary is None or therapies is None:
            raise Problems(self.problems)
        names = Names(
            vocabulary.with_therapies(
                {t.id: t.name for t in therapies.therapies.values()}, {k: c.name for k, c in therapies.classes.items()}
            ),
            therapies,
            scales,
            sources,
            frozenset(self.definitions),
            frozenset(self.rules),
        )
        definitions = self._bound(written_definitions, names, Binder.definition)
        self.problems.extend(
            circles(definitions, {name: document for name, (document, _) in written_definitions.items()})
        )
        rules = self._bound(written_rules, names, Binder.rule, definitions_that_ask_known(definitions))
        self._read_more_examples()
        assurance = self._assurance()
        claims = self._claims(names, assurance)
        if self.problems or scales is None:
            raise Problems(self.problems)
        return Contents(
            names.vocabulary, therapies, references, scales, definitions, rules, assurance, claims, self.documents
        )

    def _files(self) -> Iterator[Path]:
        yield from sorted(p for p in self.root.rglob("*") if p.suffix.lower() in _READ_ELSEWHERE and p.is_file())

    def _sort(self, name: str, path: Path) -> None:
        """Reads one file and notes what it is, which its place in the folder says."""
        if path.suffix != ".yaml":
            remedy = f"rename it to {path.stem}.yaml, or move it away"
            self._misplaced(name, "this file would not be read: rules end in .yaml", remedy)
            return
        parts = name.removesuffix(".yaml").split("/")
        words = all(_WORD.fullmatch(part) for part in parts)
        match parts:
            case [_] if name in _REGISTRIES:
                pass
            case ["citations", *_]:
                self.citations.append(name)
            case ["invariants", *_]:
                pass
            case ["examples", *_]:
                self.more_examples.append(name)
            case ["definitions", stem] if words:
                self.definitions[stem] = name
            case ["definitions", _]:
                self._misspelled(name)
                return
            case ["definitions", *_]:
                self._misplaced(name, "a definition lies at definitions/<name>.yaml", "move the file")
                return
            case [_, _, _] if words:
                self.rules[".".join(parts)] = name
            case [_, _, _]:
                self._misspelled(name)
                return
            case _:
                self._misplaced(name, "a rule lies at <body>/<topic>/<name>.yaml", "move the file")
                return
        try:
            self.documents[name] = read(path, name=self._shown(name))
        except Problems as found:
            self.problems.extend(found.problems)

    def _registry(self, name: str, model: type[Model]) -> Model | None:
        if name in self.documents:
            return self._model(model, self.documents[name])
        if not (self.root / name).exists():
            self._misplaced(name, f"the rules folder has no {name}", "is this the right folder?", "E300")
        return None

    def _assurance(self) -> Assurance:
        """The invariants and the hazard log, which a folder may do without."""
        there = self.documents
        invariants = self._model(Invariants, there[INVARIANTS]) if INVARIANTS in there else Invariants()
        hazards = self._model(Hazards, there[HAZARDS]) if HAZARDS in there else Hazards()
        if invariants is None or hazards is None:
            return Assurance()
        assurance = Assurance(invariants.invariants, hazards.hazards)
        self.problems.extend(unknown_names(assurance, self.documents, frozenset(self.rules)))
        return assurance

    def _read_more_examples(self) -> None:
        """Checks each file of further examples, and that there is something of which they are examples."""
        there = {*self.rules.values(), *self.definitions.values()}
        for name in self.more_examples:
            if name.removeprefix("examples/") not in there:
                remedy = "examples/<path> holds more examples of the rule or definition at <path>"
                self._misplaced(name, "no rule and no definition lies under this path", remedy)
            elif name in self.documents:
                self._model(MoreExamples, self.documents[name])

    def _claims(self, names: Names, assurance: Assurance) -> Claims:
        """What is to be proven and what is declared, which a folder may do without."""
        reader = ClaimReader(
            names.vocabulary, names.therapies, names.definitions, names.rules, frozenset(assurance.invariants)
        )
        found = reader.read(self._optional(PROOFS, ProofFile), self._optional(DECLARED, DeclaredFile))
        self.problems.extend(reader.problems)
        return found

    def _optional(self, name: str, model: type[Model]) -> tuple[Document, Model] | None:
        document = self.documents.get(name)
        read_as = None if document is None else self._model(model, document)
        return None if document is None or read_as is None else (document, read_as)

    def _written(self, files: Mapping[str, str], model: type[Model]) -> dict[str, tuple[Document, Model | None]]:
        """The files that are YAML, by name; None where one has not the right keys."""
        found = ((name, self.documents.get(file)) for name, file in files.items())
        return {name: (document, self._model(model, document)) for name, document in found if document is not None}

    def _bound(
        self,
        files: Mapping[str, tuple[Document, Model | None]],
        names: Names,
        bind: Callable[[Binder, str, Model], Bound],
        knowing: frozenset[str] = frozenset(),
    ) -> dict[str, Bound]:
        """The files whose keys are right, ready to be asked, by name."""
        found: dict[str, Bound] = {}
        for name, (document, written) in files.items():
            binder = Binder(document, names, knowing)
            if written is None:
                binder.spell_what_stands()
            else:
                found[name] = bind(binder, name, written)
            self.problems.extend(binder.problems)
        return found

    def _model(self, model: type[Model], document: Document) -> Model | None:
        try:
            return validate(model, document)
        except Problems as found:
            self.problems.extend(found.problems)
            return None

    def _references(self) -> tuple[dict[str, Reference], frozenset[str] | None]:
        """The sources by id, and the ids that may be cited; None for these when a file of sources cannot be read."""
        found: dict[str, Reference] = {}
        first: dict[str, Place] = {}
        complete = True
        for name in self.citations:
            document = self.documents.get(name)
            entries = None if document is None else self._model(References, document)
            if document is None or entries is None:
                complete = False
                continue
            for index, entry in enumerate(entries.references):
                path = ("references", index, "id")
                if entry.id in found:
                    place = first[entry.id]
                    where = f"on line {place.line}" if place.file == document.file else f"in {place.file}:{place.line}"
                    message = f"the source '{entry.id}' is registered twice"
                    self.problems.append(problem_at(document, path, "E316", message, f"first {where}; keep one"))
                    continue
                found[entry.id] = entry
                first[entry.id] = document.place(path)
        return found, frozenset(found) if complete else None

    def _misspelled(self, name: str) -> None:
        message = "the names of rules and of their folders are small letters, digits, hyphens and underscores"
        self._misplaced(name, message, "rename it")

    def _misplaced(self, name: str, message: str, remedy: str, code: str = "E314") -> None:
        self.problems.append(Problem(Place(self._shown(name)), code, message, remedy))

    def _shown(self, name: str) -> str:
        return f"{self.root.name}/{name}"
