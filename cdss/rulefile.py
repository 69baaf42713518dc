"""Rules and definitions as written: the keys of a file and what each may hold. Conditions are spelled out later."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, field_validator, model_validator

from cdss.attestation import Attestation
from cdss.citation import Cite
from cdss.rule import Example, Examples, Provenance, Retired, Strength, Then
from cdss.vocabulary import Day, Strict


def _one_or_many(value: Any) -> Any:
    return (value,) if isinstance(value, str | dict) else value


class VersionFile(Strict):
    """One version as written; ``when`` is spelled out later."""

    dated: Literal["day", "month", "year"] = "day"
    expected: str | None = None
    says: str | None = Field(default=None, min_length=10)
    cite: Annotated[tuple[Cite, ...], BeforeValidator(_one_or_many)] = ()
    provenance: Provenance | None = None
    strength: Strength | None = None
    when: list[Any] = Field(default_factory=list)
    then: Then | None = None
    evidence: tuple[str, ...] = ()
    figures: dict[str, str] = Field(default_factory=dict)
    retired: Retired | None = None
    note: str | None = None

    @model_validator(mode="after")
    def _complete(self) -> VersionFile:
        if self.retired:
            if self.then or self.when or self.says or self.cite:
                raise ValueError("a retired version says only why it was retired and what replaced it")
            return self
        missing = [name for name in ("says", "cite", "provenance", "then") if not getattr(self, name)]
        if missing:
            raise ValueError("this version also needs: " + ", ".join(missing))
        return self


class Checked(Strict):
    """The last day someone confirmed that the newest version still stands."""

    date: Day
    by: str | None = None
    note: str | None = None


class Related(Strict):
    """Another rule, and how this one stands to it."""

    kind: Literal["agrees_with", "contradicts", "refines", "replaces", "same_source"]
    id: str


def _versions_or_always(always: Any, info: ValidationInfo) -> Any:
    if always is not None and info.data.get("versions"):
        raise ValueError("here are dated versions and always; keep the one or the other")
    return always


_NO_ANSWER = {"", "never", "none", "nothing", "no", "n/a", "unknown", "not known"}


def _an_answer(value: str) -> str:
    if value.strip(" .").lower() in _NO_ANSWER:
        raise ValueError("this is no answer; say in which patient or with which error the rule would mislead")
    return value


def _not_empty(lines: tuple[str, ...]) -> tuple[str, ...]:
    if not lines:
        raise ValueError("the rule needs at least one line on when it misleads")
    return lines


class RuleFile(Strict):
    """A rule as written. Its id is the path of the file."""

    title: str = Field(min_length=5)
    status: Literal["draft", "reviewed"] = "draft"
    therapy: Annotated[tuple[str, ...], BeforeValidator(_one_or_many)] = ()
    therapy_class: Annotated[tuple[str, ...], BeforeValidator(_one_or_many)] = ()
    scope: list[Any] = Field(default_factory=list)
    versions: dict[Day, VersionFile] = Field(default_factory=dict)
    always: VersionFile | None = None
    misleads_when: Annotated[tuple[Annotated[str, AfterValidator(_an_answer)], ...], AfterValidator(_not_empty)]
    examples: Examples
    reviewed: str | None = None
    checked: Checked | None = None
    related: tuple[Related, ...] = ()

    _not_both = field_validator("always")(_versions_or_always)

    @model_validator(mode="after")
    def _has_versions(self) -> RuleFile:
        if not self.versions and self.always is None:
            raise ValueError("the rule has no version: write versions, each under its first day, or one under always")
        return self


class DefinitionVersion(Strict):
    """One version of a definition as written."""

    says: str
    cite: Annotated[tuple[Cite, ...], BeforeValidator(_one_or_many)] = ()
    provenance: Provenance | None = None
    when: list[Any]
    note: str | None = None
    dated: Literal["day", "month", "year"] = "day"


class DefinitionFile(Strict):
    """A named condition as written. Its name is the name of the file."""

    title: str
    versions: dict[Day, DefinitionVersion] = Field(default_factory=dict)
    always: DefinitionVersion | None = None
    examples: Examples | None = None
    misleads_when: tuple[str, ...] = ()
    reviewed: str | None = None
    checked: Checked | None = None

    _not_both = field_validator("always")(_versions_or_always)

    @model_validator(mode="after")
    def _has_versions(self) -> DefinitionFile:
        if not self.versions and self.always is None:
            raise ValueError(
                "the definition has no version: write versions, each under its first day, or one under always"
            )
        return self


class MoreExample(Strict):
    """One more patient on whom a rule or a definition is tried. Without ``expect`` and ``checked`` it is a draft.

    ``covers`` says which part of the condition it is for; ``question`` is what its author still has to answer.
    """

    covers: str | None = None
    question: str | None = None
    facts: dict[str, Any] | None = None
    but: dict[str, Any] | None = None
    case: str | None = None
    on: Day | None = None
    expect: Literal["fires", "silent", "undecided"] | None = None
    checked: Attestation | None = None

    @property
    def example(self) -> Example:
        """The patient, as an example in the rule's own file would be written."""
        return Example(facts=self.facts, but=self.but, case=self.case, on=self.on)

    @model_validator(mode="after")
    def _is_an_example(self) -> MoreExample:
        Example(facts=self.facts, but=self.but, case=self.case, on=self.on)
        if self.checked and not self.expect:
            raise ValueError("checked says that an expectation is right: write expect as well")
        return self


class MoreExamples(Strict):
    """A file of ``examples/``: more examples of the rule or the definition that lies under the same path."""

    examples: tuple[MoreExample, ...] = Field(min_length=1)
