"""Who may import whom, and through which one door each outside library comes in."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "cdss"

# From the ground up: a room may import only rooms of the lines above its own. A room is a module or a package.
LAYERS: tuple[frozenset[str], ...] = (
    frozenset({"errors", "values", "anatomy", "kept"}),
    frozenset({"condition", "vocabulary", "locations", "measurement", "response"}),
    frozenset(
        {"source", "citation", "therapy", "scale", "units", "wording", "stating", "lowering", "program", "reasons"}
    ),
    frozenset({"rule", "spelling", "record", "layout", "codes", "attestation"}),
    frozenset({"rulefile"}),
    frozenset({"binding", "assurance", "claims"}),
    frozenset({"facts", "reading", "backends"}),
    frozenset({"library"}),
    frozenset({"snapshot", "decision", "boundary", "examples"}),
    frozenset({"combine", "case", "trying"}),
    frozenset({"weigh"}),
    frozenset({"engine"}),
    frozenset({"consult"}),
    frozenset({"explain", "expectation", "coverage", "minutes"}),
    frozenset({"regress", "redundancy", "decisive"}),
    frozenset({"logic_coverage"}),
    frozenset({"advice", "lint", "reports", "golden", "proof"}),
    frozenset({"ruledelta", "web", "mutation"}),
    frozenset({"grammar", "testing"}),
    frozenset({"draft", "schema"}),
    frozenset({"cli", "pytest_plugin"}),
    frozenset({"__main__"}),
)

# Outside library → the rooms that may import it.
DOORS = {
    "yaml": {"source"},
    "durable_rules_engine": {"backends"},
    "durable": set[str](),
    "pint": {"units"},
    "citeproc": {"reports"},
    "jinja2": {"reports", "web"},
    "weasyprint": {"reports"},
    "hypothesis": {"testing"},
    "z3": {"proof"},
    "fastapi": {"web"},
    "starlette": {"web"},
    "uvicorn": {"web"},
    "sqlalchemy": {"minutes"},
    "alembic": {"minutes"},
    "platformdirs": {"minutes"},
    "typer": {"cli"},
    "rich": {"cli"},
    "junitparser": {"cli"},
    "pytest": {"pytest_plugin"},
}


def rank(room: str) -> int:
    for index, layer in enumerate(LAYERS):
        if room in layer:
            return index
    raise AssertionError(f"cdss/{room} stands in no layer; give it one in this test")


def files() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def room_of(path: Path) -> str:
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return parts[0]


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{path.name} imports relatively"
            yield node.module
            if node.module == "cdss":
                yield from (f"cdss.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("path", files(), ids=lambda p: p.relative_to(PACKAGE).as_posix())
def test_imports_point_downwards(path: Path) -> None:
    own = room_of(path)
    if own == "__init__":
        assert not [name for name in imports(path) if name.startswith("cdss")]
        return
    for name in imports(path):
        parts = name.split(".")
        if parts[0] != "cdss" or len(parts) == 1 or parts[1] in (own, "__version__"):
            continue
        assert rank(parts[1]) < rank(own), f"cdss.{own} imports cdss.{parts[1]}, which does not lie below it"


def test_no_two_modules_need_each_other() -> None:
    modules = {
        ".".join(p.relative_to(PACKAGE.parent).with_suffix("").parts): p for p in files() if p.stem != "__init__"
    }
    TopologicalSorter({name: set(imports(path)) for name, path in modules.items()}).prepare()  # raises at a circle


@pytest.mark.parametrize("path", files(), ids=lambda p: p.relative_to(PACKAGE).as_posix())
def test_every_outside_library_has_one_door(path: Path) -> None:
    for name in imports(path):
        library = name.split(".")[0]
        if library in DOORS:
            assert room_of(path) in DOORS[library], f"{library} is imported in {path.name}"


def test_no_module_reads_the_clock() -> None:
    for path in files():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                owner = node.func.value.id if isinstance(node.func.value, ast.Name) else ""
                reads = owner in {"date", "datetime", "time"} and node.func.attr in {"today", "now", "utcnow", "time"}
                assert not reads, f"{path.name}:{node.lineno} reads the clock"


def test_no_module_speaks_to_the_network() -> None:
    for path in files():
        found = {name.split(".")[0] for name in imports(path)} & {"socket", "http", "urllib", "requests", "httpx"}
        assert not found, f"{path.name} imports {found}"


def test_nothing_but_the_command_line_prints() -> None:
    for path in files():
        if room_of(path) in ("cli", "__main__"):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id not in {"print", "exit"}, f"{path.name}:{node.lineno} prints or exits"
