"""The files that the tidy tests look at.  What is wrong with them is in the tests."""

import ast
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("src", "tests", "tools", "benchmarks", "scripts", "docs", "examples", ".ci")
GENERATED = ("src/homeport/shapes/", "src/homeport/store/migrations/versions/", "docs/coverage.md")


def name_of(path: Path) -> str:
    """The path as messages show it: from the root of the project."""
    return path.relative_to(ROOT).as_posix()


def is_generated(path: Path) -> bool:
    """Whether a tool writes it: its size and its words are the tool's."""
    return name_of(path).startswith(GENERATED)


@cache
def files() -> tuple[Path, ...]:
    """Every file that belongs to the project, as far as a person writes it."""
    found = [path for path in ROOT.iterdir() if path.is_file() and path.name != "requirements.lock"]
    for folder in FOLDERS:
        found += [path for path in (ROOT / folder).rglob("*") if path.is_file()]
    ignored = ("__pycache__", ".hypothesis", ".pytest_cache")
    return tuple(
        path
        for path in sorted(found)
        if not is_generated(path) and not any(part in ignored for part in path.parts)
    )


def python_files(*folders: str) -> Iterator[Path]:
    """The Python files below the folders (all of them without any)."""
    for path in files():
        if path.suffix == ".py" and (not folders or name_of(path).startswith(folders)):
            yield path


@cache
def tree_of(path: Path) -> ast.Module:
    """The syntax tree of a Python file."""
    return ast.parse(path.read_text(), str(path))


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function of a file, methods and inner ones included."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def found_none(complaints: Iterable[str]) -> None:
    """Fail with every complaint on a line of its own."""
    text = "\n".join(complaints)
    assert not text, f"\n{text}"
