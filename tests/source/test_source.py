"""YAML traps, bad files and wrong shapes: each is refused at its exact place, and nothing is guessed."""

from __future__ import annotations

import io
import time
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, BinaryIO, Literal, cast

import pytest
import yaml
from pydantic import Field, RootModel, model_validator

from cdss.errors import CdssError, Place, Problem, Problems
from cdss.source import Document, parse, read, read_stream, validate
from cdss.vocabulary import Strict


def problems(text: str, *, show_source: bool = True) -> tuple[Problem, ...]:
    """Everything wrong with a text."""
    with pytest.raises(Problems) as caught:
        parse(text, "a.yaml", show_source=show_source)
    return caught.value.problems


def only_problem(text: str) -> Problem:
    """The one thing wrong with a text."""
    (problem,) = problems(text)
    return problem


def under_caret(problem: Problem) -> str:
    """The part of the shown line that the caret underlines."""
    assert problem.frame is not None
    start = problem.place.column - 1
    return problem.frame[start : start + problem.place.width]


# ── what comes out ────────────────────────────────────────────────────────────────────────────


def test_plain_values_are_booleans_whole_numbers_exact_decimals_text_or_nothing() -> None:
    text = "a: true\nb: false\nc: 12\nd: -3.50\ne: metastatic\nf: ~\ng: null\nh:\ni: 0\nj: 0.1\n"

    data = parse(text, "a.yaml").data

    assert data == {
        "a": True,
        "b": False,
        "c": 12,
        "d": Decimal("-3.50"),
        "e": "metastatic",
        "f": None,
        "g": None,
        "h": None,
        "i": 0,
        "j": Decimal("0.1"),
    }
    assert [type(value) for value in data.values()][:4] == [bool, bool, int, Decimal]
    assert str(data["d"]) == "-3.50"


@pytest.mark.parametrize(
    "word", ["2016-05-26", "+12mo", "-3mo", "1b-B", "30525-0", "unknown", "none", "--", "20 %", "177Lu", "v1.2", "١٢"]
)
def test_dates_offsets_and_codes_stay_text(word: str) -> None:
    assert parse(f"a: {word}\n", "a.yaml").data == {"a": word}


@pytest.mark.parametrize("word", ["no", "NO", "010", "12:30", "1e5", ".inf", "+5", "1_000", ">=18", "true", "12", ""])
@pytest.mark.parametrize("quote", ["'", '"'])
def test_whatever_is_quoted_is_text(word: str, quote: str) -> None:
    assert parse(f"a: {quote}{word}{quote}\n", "a.yaml").data == {"a": word}


def test_block_text_is_text_whatever_it_says() -> None:
    assert parse("a: >\n  no\nb: |\n  12\n", "a.yaml").data == {"a": "no\n", "b": "12\n"}


def test_keys_are_text_even_where_other_readers_see_a_boolean_or_a_day() -> None:
    assert parse("on: 1\nn: 2\n2016-05-26: 3\n", "a.yaml").data == {"on": 1, "n": 2, "2016-05-26": 3}


def test_json_is_read_as_well() -> None:
    text = '{"a":1,"b":[true,null,1.5,"\\u00e9\\/"],\n\t"c": {"d":"x"}}'

    assert parse(text, "a.json").data == {"a": 1, "b": [True, None, Decimal("1.5"), "é/"], "c": {"d": "x"}}


def test_a_byte_order_mark_is_tolerated_and_moves_no_column() -> None:
    document = parse("\ufeffa: 1\n", "a.yaml")

    assert document.data == {"a": 1}
    assert document.place(("a",)) == Place("a.yaml", 1, 4, 1)


# ── places ────────────────────────────────────────────────────────────────────────────────────

RULE = """\
title: Everolimus
scope:
  - primary_site: [rectum, "caecum"]
  - extent: metastatic
versions:
  2016-05-26:
    says: >
      Folded
      text.
    when: []
    retired:
"""


@pytest.mark.parametrize(
    ("path", "key", "line", "column", "width"),
    [
        (("title",), False, 1, 8, 10),
        (("title",), True, 1, 1, 5),
        (("scope",), False, 3, 3, 1),
        (("scope",), True, 2, 1, 5),
        (("scope", 0), False, 3, 5, 12),
        (("scope", 0, "primary_site"), False, 3, 19, 1),
        (("scope", 0, "primary_site", 1), False, 3, 28, 8),
        (("scope", 1, "extent"), True, 4, 5, 6),
        (("versions", "2016-05-26"), True, 6, 3, 10),
        (("versions", "2016-05-26", "says"), False, 7, 11, 1),
        (("versions", "2016-05-26", "retired"), False, 11, 5, 7),
        ((), False, 1, 1, 5),
    ],
)
def test_every_key_and_value_has_its_place(path: Any, key: bool, line: int, column: int, width: int) -> None:
    assert parse(RULE, "a.yaml").place(path, key=key) == Place("a.yaml", line, column, width)


@pytest.mark.parametrize(
    ("path", "line", "column"),
    [
        (("versions", "2016-05-26", "then", "stance"), 6, 3),
        (("versions", "2016-01-01"), 5, 1),
        (("scope", 7), 2, 1),
        (("scope", 1, "nothing"), 4, 5),
        (("title", "deeper"), 1, 1),
        (("nothing",), 1, 1),
    ],
)
def test_a_path_that_does_not_exist_is_placed_at_its_nearest_ancestor(path: Any, line: int, column: int) -> None:
    place = parse(RULE, "a.yaml").place(path)

    assert (place.line, place.column) == (line, column)


def test_columns_count_characters_not_bytes() -> None:
    assert parse("é: {ü: 'Ä', y: 3}\n", "a.yaml").place(("é", "y")) == Place("a.yaml", 1, 16, 1)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_are_counted_whatever_ends_them(end: str) -> None:
    document = parse(f"a: 1{end}b: 2{end}", "a.yaml")

    assert document.place(("b",)).line == 2
    assert document.frame(2) == "b: 2"


def test_a_frame_is_the_line_as_written_without_anything_that_steers_a_terminal() -> None:
    document = parse("a: 1\nb: {c:\t'x\u202ey'}\n", "a.yaml")

    assert document.frame(2) == "b: {c: 'x y'}"
    assert document.frame(0) is None
    assert document.frame(9) is None


def test_a_very_long_line_is_not_shown() -> None:
    assert parse(f"a: {'x' * 1000}\n", "a.yaml").frame(1) is None


# ── traps ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("word", "remedy"),
    [
        *((word, "write false") for word in ("no", "No", "NO", "n", "N", "off", "OFF", "False", "FALSE")),
        *((word, "write true") for word in ("yes", "Yes", "YES", "y", "Y", "on", "On", "True", "TRUE")),
        *((word, "write null") for word in ("Null", "NULL")),
    ],
)
def test_a_word_that_some_readers_take_for_true_false_or_null_is_refused(word: str, remedy: str) -> None:
    problem = only_problem(f"ok: 1\nresectable: {word}\n")

    assert (problem.code, problem.place) == ("E104", Place("a.yaml", 2, 13, len(word)))
    assert under_caret(problem) == word
    assert f"'{word}'" in problem.message
    assert problem.remedy is not None
    assert problem.remedy.startswith(remedy)


def test_an_ambiguous_word_in_a_list_is_refused_too() -> None:
    assert only_problem("a: [NO, SE]\n").place == Place("a.yaml", 1, 5, 2)


@pytest.mark.parametrize(
    ("word", "reason"),
    [
        ("010", "zero"),
        ("-007", "zero"),
        ("00.5", "zero"),
        ("0x1F", "decimal"),
        ("0o17", "decimal"),
        ("0b11", "decimal"),
        ("12:30", "base 60"),
        ("1:80", "base 60"),
        ("190:20:30.15", "base 60"),
        ("1e5", "exponent"),
        ("1.5E-3", "exponent"),
        (".inf", "finite"),
        ("-.INF", "finite"),
        (".NaN", "finite"),
        ("+5", "plus"),
        ("+5.5", "plus"),
        ("1_000", "underscores"),
        (".5", "point"),
        ("5.", "point"),
        ("12,5", "comma"),
        (">=18", "comparison"),
        ("<=18", "comparison"),
        ("<5", "comparison"),
        ("< 5", "comparison"),
        (">18", "comparison"),
        ("≥18", "comparison"),
        ("9" * 41, "too long"),
        ("9" * 5000, "too long"),
    ],
)
def test_a_number_that_some_readers_take_for_another_is_refused(word: str, reason: str) -> None:
    problem = only_problem(f"ok: 1\nki67_percent: {word}\n")

    assert (problem.code, problem.place) == ("E105", Place("a.yaml", 2, 15, len(word)))
    assert reason in problem.message


@pytest.mark.parametrize(
    ("word", "way"), [(">=18", "at_least"), ("<=18", "at_most"), ("<18", "less_than"), (">18", "more_than")]
)
def test_a_comparison_in_text_is_told_how_to_be_written(word: str, way: str) -> None:
    remedy = only_problem(f"ki67_percent: {word}\n").remedy

    assert remedy is not None
    assert f"{{{way}: …}}" in remedy


def test_a_comparison_that_yaml_takes_for_folded_text_is_still_refused() -> None:
    problem = only_problem("ki67_percent: >5\n")

    assert (problem.code, problem.place) == ("E105", Place("a.yaml", 1, 15, 2))


def test_a_comparison_inside_braces_is_refused_without_its_brace() -> None:
    problem = only_problem("a: {ki67_percent: >=18}\n")

    assert (problem.code, under_caret(problem)) == ("E105", ">=18")


def test_a_key_written_twice_is_refused_at_the_second_and_points_to_the_first() -> None:
    problem = only_problem("a: 1\nb: {c: 1}\na: 2\n")

    assert (problem.code, problem.place) == ("E102", Place("a.yaml", 3, 1, 1))
    assert problem.remedy == "first on line 1; keep one"


def test_a_key_written_twice_inside_braces_is_refused() -> None:
    assert only_problem("b: {at: 1, at: 2}\n").place == Place("a.yaml", 1, 12, 2)


@pytest.mark.parametrize(
    ("text", "line", "column", "width"),
    [
        ("a: &rest [1]\n", 1, 4, 5),
        ("a: 1\nb: *rest\n", 2, 4, 5),
        ("a: !!str 5\n", 1, 4, 5),
        ("a: !thing {b: 1}\n", 1, 4, 6),
        ("a: !Mutation\n", 1, 4, 9),
        ("<<: {a: 1}\n", 1, 1, 2),
        ("a: *\n", 1, 4, 1),
        ("a: !un!known 1\n", 1, 4, 1),
    ],
)
def test_anchors_aliases_tags_and_merge_keys_are_refused(text: str, line: int, column: int, width: int) -> None:
    problem = only_problem(text)

    assert (problem.code, problem.place) == ("E103", Place("a.yaml", line, column, width))


def test_a_bomb_of_aliases_is_refused_at_once() -> None:
    lines = ["a0: &a0 [x, x]"] + [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 60)]
    start = time.perf_counter()

    found = problems("\n".join(lines))

    assert {problem.code for problem in found} == {"E103", "E112"}
    assert len(found) == 101
    assert time.perf_counter() - start < 2


@pytest.mark.parametrize(
    ("text", "code", "column"),
    [("1: a\n", "E105", 1), ("true: a\n", "E104", 1), ("~: a\n", "E104", 1), ("? [a]\n: 1\n", "E101", 3)],
)
def test_a_key_that_is_not_a_word_is_refused(text: str, code: str, column: int) -> None:
    problem = only_problem(text)

    assert (problem.code, problem.place.column) == (code, column)


def test_forty_levels_are_read_and_one_more_is_refused() -> None:
    assert parse("a: " + "[" * 39 + "]" * 39, "a.yaml").data

    problem = only_problem("a: " + "[" * 40 + "]" * 40)

    assert (problem.code, problem.place) == ("E110", Place("a.yaml", 1, 43, 1))


def test_a_million_brackets_are_refused_at_once() -> None:
    start = time.perf_counter()

    assert only_problem("[" * 1_000_000).code == "E110"
    assert time.perf_counter() - start < 2


def test_a_second_document_is_refused_where_it_starts() -> None:
    problem = only_problem("---\na: 1\n---\nb: 2\n")

    assert (problem.code, problem.place) == ("E111", Place("a.yaml", 3, 1, 3))


@pytest.mark.parametrize("text", ["", "\n", "# only a comment\n", "---\n"])
def test_an_empty_file_is_refused(text: str) -> None:
    problem = only_problem(text)

    assert (problem.code, problem.place) == ("E108", Place("a.yaml"))


@pytest.mark.parametrize(
    ("text", "kind"), [("- a\n", "a list"), ("hello\n", "a single value"), ("~\n", "a single value")]
)
def test_a_file_that_is_not_a_mapping_is_refused(text: str, kind: str) -> None:
    problem = only_problem(text)

    assert (problem.code, problem.place.line) == ("E109", 1)
    assert kind in problem.message


@pytest.mark.parametrize(
    ("text", "line", "column", "words"),
    [
        ("a: b: c\n", 1, 5, "colon"),
        ("ok: 1\na: 'x\n", 2, 4, "never closed"),
        ("ok: 1\na: [1, 2\nb: 3\n", 2, 4, "bracket"),
        ("a: {b: 1\n", 1, 4, "brace"),
        ("a:\n\tb: 1\n", 2, 1, "tab"),
        ("a: @x\n", 1, 4, "cannot start"),
        ("a: - b\n", 1, 4, "list"),
        ("- a\nb: 1\n", 2, 1, "list above"),
        ("a:\n  b: 1\n c: 2\n", 3, 2, "key is expected"),
        ("a: 1\nb\n", 2, 1, "no colon"),
        ('a: "\\q"\n', 1, 5, "escape"),
        ("%YAML 1.3\n---\na: 1\n", 1, 1, "version"),
        ("a: 'x' y\n", 1, 8, "key is expected"),
    ],
)
def test_broken_yaml_is_told_in_plain_words_where_it_broke(text: str, line: int, column: int, words: str) -> None:
    problem = only_problem(text)

    assert (problem.code, problem.place.line, problem.place.column) == ("E101", line, column)
    assert words in problem.message


def test_a_control_character_is_refused_and_not_printed() -> None:
    problem = only_problem("a: 1\nb: \x1b[31m\n")

    assert (problem.code, problem.place) == ("E107", Place("a.yaml", 2, 4, 1))
    assert "\x1b" not in problem.render()


def test_all_problems_of_a_file_are_told_at_once_in_order() -> None:
    found = problems("a: no\nb: 010\na: *x\nc: [1\n")

    assert [(problem.code, problem.place.line) for problem in found] == [
        ("E104", 1),
        ("E105", 2),
        ("E102", 3),
        ("E103", 3),
        ("E101", 4),
    ]


def test_a_problem_reads_as_a_line_with_a_caret() -> None:
    assert only_problem("a: 1\nresectable: no\n").render() == (
        "a.yaml:2:13: error E104: 'no' is true, false or null to some readers and text to others\n"
        "   2 | resectable: no\n"
        "     |             ^^ write false, or quote it if it is text"
    )


@pytest.mark.parametrize(
    "text",
    ["Meier: no\n", "a: 0123\n", "Meier: 1\nMeier: 2\n", "a: >=73\n", "a: *Meier\n", "a: 'Meier\n", "a: b: Meier\n"],
)
def test_nothing_of_a_patient_record_is_repeated(text: str) -> None:
    told = "\n".join(problem.render() for problem in problems(text, show_source=False))

    for secret in ("Meier", "'no'", "false, or", "0123", "73"):
        assert secret not in told


def test_without_libyaml_one_sentence_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(yaml, "CSafeLoader")

    with pytest.raises(CdssError, match="libyaml"):
        parse("a: 1\n", "a.yaml")


# ── files ─────────────────────────────────────────────────────────────────────────────────────


def refusal(path: Path, **options: Any) -> Problem:
    """The one reason why a file is not read."""
    with pytest.raises(Problems) as caught:
        read(path, **options)
    (problem,) = caught.value.problems
    return problem


def test_a_file_is_read_and_shown_under_the_name_it_is_given(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_bytes("\ufeffa: é\n".encode())

    document = read(path, name="rules/x.yaml")

    assert (document.data, document.file) == ({"a": "é"}, "rules/x.yaml")
    assert document.shows_source


def test_a_file_of_100_megabytes_is_refused_without_being_read(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    with path.open("wb") as stream:
        stream.truncate(100_000_000)
    start = time.perf_counter()

    problem = refusal(path, name="x.yaml")

    assert (problem.code, problem.place) == ("E106", Place("x.yaml"))
    assert "2 MB" in problem.message
    assert time.perf_counter() - start < 0.5


def test_an_endless_stream_is_refused_after_its_limit() -> None:
    class Endless(io.RawIOBase):
        def read(self, size: int | None = -1) -> bytes:
            assert size is not None
            assert 0 < size < 5000
            return b"a" * size

    with pytest.raises(Problems, match="E106"):
        read_stream(cast("BinaryIO", Endless()), max_bytes=1000)


def test_a_binary_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_bytes(b"\x89PNG\r\n\x00\x00")

    problem = refusal(path)

    assert problem.code == "E107"
    assert "binary" in problem.message


def test_utf_16_is_named(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_bytes("a: 1\n".encode("utf-16"))

    assert "UTF-16" in refusal(path).message


def test_a_byte_that_is_not_utf_8_is_refused_at_its_place(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_bytes("a: 1\nü: M".encode() + "ü".encode("latin-1") + b"ller\n")

    problem = refusal(path, name="x.yaml")

    assert (problem.code, problem.place) == ("E107", Place("x.yaml", 2, 5, 1))
    assert "ller" not in problem.render()


def test_a_missing_file_and_a_directory_are_told_apart(tmp_path: Path) -> None:
    missing, folder = refusal(tmp_path / "none.yaml", name="none.yaml"), refusal(tmp_path, name="rules")

    assert (missing.code, missing.message) == ("E100", "there is no such file")
    assert (folder.code, folder.message) == ("E100", "this is a directory, not a file")
    assert refusal(Path("a\0b"), name="odd").code == "E100"


def test_standard_input_is_read_like_a_file() -> None:
    document = read_stream(io.BytesIO(b"a: 1\n"), show_source=False)

    assert (document.data, document.file, document.frame(1)) == ({"a": 1}, "standard input", None)
    assert read_stream(b"a: 1\n").data == {"a": 1}


# ── models ────────────────────────────────────────────────────────────────────────────────────


class Drug(Strict):
    kind: Literal["drug"]
    agent: str
    cycles: int = Field(default=1, ge=1)


class Operation(Strict):
    kind: Literal["operation"]
    organ: str


class Names(RootModel[list[str]]):
    pass


class Patient(Strict):
    sex: Literal["female", "male"]
    born: date | None = None
    ki67_percent: Decimal | None = None
    seen: dict[date, Drug] = Field(default_factory=dict)
    course: list[Annotated[Drug | Operation, Field(discriminator="kind")]] = Field(default_factory=list)
    either: Drug | Operation | str | None = None
    page: str | int | None = None
    given_with: tuple[str, ...] = Field(default=(), alias="with")
    names: Names | None = None
    alive: bool = True
    title: str = Field(default="long enough", min_length=5)

    @model_validator(mode="after")
    def _born_before_seen(self) -> Patient:
        if self.born and any(day < self.born for day in self.seen):
            raise ValueError("seen before birth")
        return self


def mistakes(text: str, *, show_source: bool = True) -> tuple[Problem, ...]:
    """What is wrong with a patient."""
    with pytest.raises(Problems) as caught:
        validate(Patient, parse(text, "a.yaml", show_source=show_source))
    return caught.value.problems


def mistake(text: str) -> Problem:
    """The one thing wrong with a patient who is otherwise female."""
    (problem,) = mistakes(f"sex: female\n{text}")
    return problem


def test_a_good_document_becomes_its_model() -> None:
    text = "sex: female\nborn: 1950-02-03\nki67_percent: 20\nseen: {2016-05-26: {kind: drug, agent: x}}\n"

    patient = validate(Patient, parse(text, "a.yaml"))

    assert patient.ki67_percent == Decimal(20)
    assert list(patient.seen) == [date(2016, 5, 26)]


def test_an_unknown_key_is_told_the_closest_known_one() -> None:
    problem = mistake("ki67_percnt: 3\n")

    assert (problem.code, problem.place) == ("E201", Place("a.yaml", 2, 1, 11))
    assert problem.message == "no key is called 'ki67_percnt'"
    assert problem.remedy == "did you mean 'ki67_percent'?"


def test_an_unknown_key_close_to_nothing_is_told_the_known_ones() -> None:
    problem = mistake("course:\n  - kind: operation\n    organ: rectum\n    zzz: 1\n")

    assert (problem.code, problem.place) == ("E201", Place("a.yaml", 5, 5, 3))
    assert problem.message == "no key is called 'zzz' in 'course'"
    assert problem.remedy == "known: kind, organ"


def test_an_alias_is_suggested_as_it_is_written_in_files() -> None:
    assert mistake("wiht: [a]\n").remedy == "did you mean 'with'?"


def test_text_with_a_comma_inside_braces_is_recognised() -> None:
    problem = mistake("either: {kind: drug, agent: lanreotide, given slowly}\n")

    assert (problem.code, under_caret(problem)) == ("E201", "given slowly")
    assert problem.remedy is not None
    assert "comma" in problem.remedy


def test_a_missing_key_is_told_at_the_key_above_it() -> None:
    problem = mistake("seen:\n  2016-05-26:\n    kind: drug\n")

    assert (problem.code, problem.place) == ("E202", Place("a.yaml", 3, 3, 10))
    assert problem.message == "the key 'agent' is missing in '2016-05-26'"


def test_a_key_missing_at_the_top_is_told_at_the_start() -> None:
    (problem,) = mistakes("born: 1950-02-03\n")

    assert (problem.code, problem.place.line, problem.message) == ("E202", 1, "the key 'sex' is missing")


@pytest.mark.parametrize(
    ("line", "column", "wanted"),
    [
        ("born: soon", 7, "'born' should be a day such as 2016-05-26"),
        ("ki67_percent: high", 15, "'ki67_percent' should be a number"),
        ("alive: perhaps", 8, "'alive' should be true or false"),
        ("seen: [1]", 1, "'seen' should be a mapping of keys to values"),
        ("course: {a: 1}", 1, "'course' should be a list"),
        ("with: [a, 3]", 11, "item 2 of 'with' should be text"),
        ("names: [a, 3]", 12, "item 2 of 'names' should be text"),
        ("title:", 1, "'title' is empty; it should be text"),
        ("page: [1]", 1, "'page' should be text or a whole number"),
        ("course: [{kind: drug, agent: x, cycles: 1.5}]", 41, "'cycles' should be a whole number"),
        ("seen: {2016-05-26: {kind: drug, agent: 3}}", 40, "'agent' should be text"),
    ],
)
def test_a_value_of_the_wrong_sort_is_told_what_is_wanted(line: str, column: int, wanted: str) -> None:
    problem = mistake(line)

    assert (problem.code, problem.place.line, problem.place.column) == ("E203", 2, column)
    assert problem.message == wanted


def test_a_number_where_text_belongs_is_told_to_be_quoted() -> None:
    assert mistake("title: 12345\n").remedy == "put it in quotes"


def test_a_day_that_does_not_exist_is_told_at_its_key() -> None:
    problem = mistake("seen:\n  2016-05-26: {kind: drug, agent: x}\n  2016-13-01: {kind: drug, agent: x}\n")

    assert (problem.code, problem.place) == ("E203", Place("a.yaml", 4, 3, 10))
    assert problem.message == "the key '2016-13-01' should be a day such as 2016-05-26"


def test_a_word_that_is_not_allowed_is_told_the_closest_or_all() -> None:
    (close,) = mistakes("sex: femal\n")
    (far,) = mistakes("sex: x\n")

    assert (close.code, close.place, close.remedy) == ("E204", Place("a.yaml", 1, 6, 5), "did you mean 'female'?")
    assert (far.message, far.remedy) == ("'x' is not a value of 'sex'", "allowed: female, male")


def test_a_kind_that_does_not_exist_is_told_at_the_kind() -> None:
    problem = mistake("course:\n  - {kind: durg, agent: x}\n")

    assert (problem.code, problem.place, problem.remedy) == ("E204", Place("a.yaml", 3, 12, 4), "did you mean 'drug'?")


def test_a_kind_that_is_missing_is_told_at_its_item() -> None:
    problem = mistake("course:\n  - agent: x\n")

    assert (problem.code, problem.place) == ("E202", Place("a.yaml", 3, 5, 5))
    assert "'kind'" in problem.message


def test_only_the_choice_that_fits_best_is_told() -> None:
    problem = mistake("either: {kind: drug, agent: 3}\n")

    assert (problem.code, problem.message, problem.place.column) == ("E203", "'agent' should be text", 29)


def test_a_limit_is_told_in_words_at_the_value() -> None:
    problem = mistake("course: [{kind: drug, agent: x, cycles: 0}]\n")

    assert (problem.code, problem.place) == ("E205", Place("a.yaml", 2, 41, 1))
    assert problem.message == "'cycles' should be at least 1"
    assert mistake("title: ab\n").message == "'title' should have at least 5 characters"


def test_what_a_validator_says_is_passed_on() -> None:
    problem = mistake("born: 2020-01-01\nseen: {2016-05-26: {kind: drug, agent: x}}\n")

    assert (problem.code, problem.message) == ("E205", "seen before birth")


def test_all_mistakes_are_told_at_once_in_order() -> None:
    found = mistakes("sex: x\nborn: soon\nzzz: 1\nalive: perhaps\n")

    assert [(problem.code, problem.place.line) for problem in found] == [
        ("E204", 1),
        ("E203", 2),
        ("E201", 3),
        ("E203", 4),
    ]
    assert all(problem.frame for problem in found)


def test_a_model_may_be_read_from_a_part_of_the_document() -> None:
    document = parse("a:\n  b:\n    - kind: drug\n      agnt: x\n", "a.yaml")

    with pytest.raises(Problems) as caught:
        validate(Drug, document, ("a", "b", 0))

    assert {(p.code, p.place.line, p.place.column) for p in caught.value.problems} == {("E201", 4, 7), ("E202", 3, 7)}


def test_a_model_may_be_read_from_other_data_that_stands_at_a_place() -> None:
    document = parse("a:\n  agent: x\n", "a.yaml")

    assert validate(Drug, document, ("a",), data={"kind": "drug", "agent": "x"}).agent == "x"
    with pytest.raises(Problems) as caught:
        validate(Drug, document, ("a",), data={"kind": "drug", "agent": 3})
    assert caught.value.problems[0].place == Place("a.yaml", 2, 10, 1)


@pytest.mark.parametrize(
    "text",
    [
        "sex: Meier\n",
        "sex: femal\n",
        "sex: female\nMeier: 1\n",
        "sex: female\nborn: Meier\n",
        "sex: female\nseen: {Meier: 1}\n",
        "sex: female\ncourse: [{kind: Meier}]\n",
        "sex: female\neither: [Meier]\n",
        "sex: female\nseen: {2016-05-26: {kind: drug, agent: x, Meier: 73}}\n",
        "sex: female\nki67_percent: Meier\n",
    ],
)
def test_no_mistake_repeats_what_a_patient_record_says(text: str) -> None:
    for problem in mistakes(text, show_source=False):
        told = problem.render()
        assert problem.frame is None
        for secret in ("Meier", "femal'", "2016-05-26'", "73", "did you mean 'female'"):
            assert secret not in told


def test_a_record_with_thousands_of_mistakes_is_told_the_first_hundred() -> None:
    text = "sex: female\nwith:\n" + "  - 3\n" * 20_000
    start = time.perf_counter()

    found = mistakes(text, show_source=False)

    assert len(found) == 101
    assert found[0].code == "E112"
    assert time.perf_counter() - start < 10


def test_documents_with_the_same_content_are_equal() -> None:
    assert parse("a: 1\n", "a.yaml") == Document({"a": 1}, "a.yaml")
