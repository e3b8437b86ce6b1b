"""The documentation is whole: what the code has, the pages name."""

import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from msgspec.structs import fields

from homeport.cli import cli
from homeport.runtime import Operation, Service
from homeport.services.ecs.records.clusters import Cluster
from homeport.services.ecs.records.instances import ContainerInstance
from homeport.services.ecs.records.services import (
    Rollout,
    ServiceDeployment,
    ServiceRevision,
)
from homeport.services.ecs.records.services import (
    Service as ServiceRecord,
)
from homeport.services.ecs.records.tasks import Task, TaskContainer, TaskInterface
from tidy.tree import ROOT, files, found_none, name_of

DOCS = ROOT / "docs"
DESIGN = DOCS / "design"
OWNED = (
    Task,
    TaskContainer,
    TaskInterface,
    Cluster,
    ContainerInstance,
    ServiceRecord,
    Rollout,
    ServiceRevision,
    ServiceDeployment,
)


def services() -> Iterator[Service]:
    """Every service as its wiring declares it."""
    for wiring in sorted((ROOT / "src/homeport/services").glob("*/wiring.py")):
        module = importlib.import_module(f"homeport.services.{wiring.parent.name}.wiring")
        yield from module.services()


def options() -> Iterator[tuple[str, str, set[str]]]:
    """(command, flag, environment variables) of every option of the command line."""
    top = click.Context(cli, info_name="homeport", **cli.context_settings)
    for name in cli.list_commands(top):
        command = cli.get_command(top, name)
        assert command is not None, name
        context = click.Context(command, top, info_name=name, **command.context_settings)
        for parameter in command.params:
            if not isinstance(parameter, click.Option) or parameter.name is None:
                continue
            named = parameter.envvar or ()
            variables = {named} if isinstance(named, str) else set(named)
            if not variables and context.auto_envvar_prefix:
                variables = {f"{context.auto_envvar_prefix}_{parameter.name.upper()}"}
            yield name, max(parameter.opts, key=len), variables


def section(page: Path, title: str) -> str:
    """The text below a heading, up to the next of the same depth."""
    found = re.search(rf"^## {re.escape(title)}$\n(.*?)(?=^## |\Z)", page.read_text(), re.M | re.S)
    assert found, f"{name_of(page)} has no section {title!r}"
    return found.group(1)


@pytest.mark.parametrize(("command", "flag", "variables"), list(options()))
def test_every_option_is_documented(command: str, flag: str, variables: set[str]) -> None:
    page = (DESIGN / "settings.md").read_text()
    assert f"`{flag}`" in page or f"`{flag} " in page, f"{flag} of homeport {command}"


@pytest.mark.parametrize(("command", "flag", "variables"), list(options()))
def test_every_option_is_also_a_variable(command: str, flag: str, variables: set[str]) -> None:
    variable = "HOMEPORT_" + flag.removeprefix("--").replace("-", "_").upper()
    assert variable in variables, f"homeport {command} {flag} reads {variables}"


def state_of(operation: Operation) -> str:
    if operation.refuses:
        return "not yet"
    return "partial" if operation.partial else "real"


def test_every_operation_that_is_served_is_in_the_coverage_table() -> None:
    page = (DOCS / "coverage.md").read_text()
    missing = [
        f"{service.name}: {name}"
        for service in services()
        if service.name != "homeport"
        for name, operation in service.operations.items()
        if f"| {name} | {state_of(operation)} |" not in page
    ]
    found_none(missing)


def test_every_table_is_in_the_page_about_the_store() -> None:
    page = (DESIGN / "store.md").read_text()
    missing = [
        table
        for tables in sorted((ROOT / "src/homeport/services").glob("*/tables.py"))
        for table in importlib.import_module(
            f"homeport.services.{tables.parent.name}.tables"
        ).METADATA.tables
        if f"`{table}`" not in page
    ]
    found_none(missing)


def test_every_reconciler_is_in_the_page_about_the_ring() -> None:
    page = (DESIGN / "the-ring.md").read_text()
    missing = [
        f"{service.name}: {reconciler.name}"
        for service in services()
        for reconciler in service.reconcilers
        if f"`{reconciler.name}`" not in page
    ]
    found_none(missing)


@pytest.mark.parametrize("record", OWNED, ids=lambda record: record.__name__)
def test_every_field_has_an_owner(record: type) -> None:
    rows = [
        re.findall(r"`(\w+)`", line.split("|")[1])
        for line in section(DESIGN / "ownership.md", record.__name__).splitlines()
        if line.startswith("| `")
    ]
    named = [name for row in rows for name in row]
    assert sorted(named) == sorted(field.name for field in fields(record))


def test_every_decision_says_context_choice_and_cost() -> None:
    pages = sorted((DOCS / "decisions").glob("*.md"))
    assert [page.name[:4] for page in pages] == [f"{n:04d}" for n in range(1, len(pages) + 1)]
    for page in pages:
        headings = re.findall(r"^## (.*)$", page.read_text(), re.M)
        assert headings == ["Context", "Choice", "Cost"], name_of(page)


def test_every_link_between_pages_leads_somewhere() -> None:
    broken = [
        f"{name_of(page)}: {target}"
        for page in files()
        if page.suffix == ".md"
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text())
        if "://" not in target and not (page.parent / target).exists()
    ]
    found_none(broken)


def test_the_changelog_has_a_place_for_the_next_change() -> None:
    assert "## [Unreleased]" in (ROOT / "CHANGELOG.md").read_text()


def test_make_lists_every_target_that_the_readme_names() -> None:
    makefile = (ROOT / "Makefile").read_text()
    pages = (ROOT / "README.md").read_text() + (ROOT / "CONTRIBUTING.md").read_text()
    for target in set(re.findall(r"`make (\w+)`", pages)):
        assert re.search(rf"^{target}:.*## ", makefile, re.M), target
