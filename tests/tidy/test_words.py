"""Words and names that do not belong in this project, and docstrings that do."""

import ast
import re
from pathlib import Path

from tidy.tree import ROOT, files, found_none, name_of, python_files, tree_of

UNFINISHED = re.compile(
    r"\b(TODO|FIXME|XXX|HACK)\b|\bfor now\b(?! in\b|,)|\bquick fix\b"
    r"|\btemporarily\b(?! unavailable)",
    re.I,
)
PLACES = re.compile(
    r"/(?:home|Users)/\w+/|/root/\."
    r"|\bpypi\.org|pythonhosted\.org|deb\.debian\.org|registry\.npmjs\.org"
)
EMPTY_NAMES = re.compile(r"(Manager|Helpers?|Utils?|Base)$")
EMPTY_FILES = ("utils.py", "util.py", "helpers.py", "common.py", "base.py", "misc.py", "manager.py")
TEXT = (".py", ".md", ".toml", ".json", ".in", ".cfg", ".yml", ".mako", "")
HERE = Path(__file__)


def lines_matching(pattern: re.Pattern[str]) -> list[str]:
    """``path:line: text`` of every line that matches, this file left out."""
    return [
        f"{name_of(path)}:{number}: {line.strip()}"
        for path in files()
        if path.suffix in TEXT and path != HERE and path.name != "LICENSE"
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if pattern.search(line)
    ]


def test_nothing_is_left_for_later_in_the_code() -> None:
    found_none(lines_matching(UNFINISHED))


def test_no_file_names_a_place_of_some_machine_or_a_package_registry() -> None:
    found_none(lines_matching(PLACES))


def test_the_lock_file_names_no_place_either() -> None:
    assert "//" not in (ROOT / "requirements.lock").read_text()


def test_every_module_says_what_it_is_for() -> None:
    bare = [
        name_of(path)
        for path in python_files("src", "tools", "benchmarks")
        if len(ast.get_docstring(tree_of(path)) or "") < len("What lives here.")
    ]
    found_none(bare)


def test_names_say_something() -> None:
    classes = [
        f"{name_of(path)}: {node.name}"
        for path in python_files("src", "tools")
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.ClassDef) and EMPTY_NAMES.search(node.name)
    ]
    modules = [name_of(path) for path in python_files() if path.name in EMPTY_FILES]
    found_none(classes + modules)


def calls(path: Path) -> list[tuple[str, ast.Call]]:
    """Every call of a file with the dotted name of what it calls."""
    return [
        (ast.unparse(node.func), node)
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Call)
    ]


def imports(path: Path) -> set[str]:
    """The dotted names of what a file imports."""
    found: set[str] = set()
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            found |= {each.name for each in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {f"{node.module}.{each.name}" for each in node.names}
    return found


def may_wait(path: Path) -> bool:
    """Whether the tests of this file are about the real world, which takes its time."""
    name = name_of(path)
    # Envoy is real wherever it is started, and polled for what it does not tell.
    has_envoy = name.startswith("tests/dataplane/") or name == "tests/envoy_rig.py"
    return has_envoy or "tests/e2e/" in name or "mark.e2e" in path.read_text()


def test_tests_never_sleep() -> None:
    sleepers = [
        f"{name_of(path)}:{call.lineno}"
        for path in python_files("tests")
        if not may_wait(path)
        for name, call in calls(path)
        if name in ("time.sleep", "sleep", "asyncio.sleep", "anyio.sleep")
        # `asyncio.sleep(0)` lets others run; it does not wait.
        and not (call.args and ast.unparse(call.args[0]) == "0")
    ]
    found_none(sleepers)


def test_tests_never_mock() -> None:
    mocking = [
        f"{name_of(path)}: {module}"
        for path in python_files("tests")
        for module in imports(path)
        if "mock" in module.split(".")
    ]
    found_none(mocking)


def test_scripts_can_be_run() -> None:
    scripts = [*(ROOT / "scripts").iterdir(), ROOT / ".ci" / "run"]
    for script in scripts:
        assert script.stat().st_mode & 0o111, f"{name_of(script)} is not executable"
        assert script.read_text().startswith("#!/usr/bin/env bash\n"), name_of(script)
