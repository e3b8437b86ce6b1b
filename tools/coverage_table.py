"""Write docs/coverage.md: every operation of the AWS models, and how much of it Homeport serves.

The rows come from botocore's models and from what the services' wirings declare; nothing here is
kept by hand.
"""

import importlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from botocore.loaders import Loader

from homeport.runtime import Service

ROOT: Final = Path(__file__).resolve().parent.parent
PAGE: Final = ROOT / "docs" / "coverage.md"
SERVICES: Final = (
    "ecs",
    "scheduler",
    "events",
    "sqs",
    "elbv2",
    "codedeploy",
    "cloudwatch",
    "logs",
    "sts",
    "iam",
    "acm",
    "ec2",
)
SERVED_ROWS_ONLY: Final = frozenset({"ec2", "iam"})
"""Of these only what is served is listed: the rest has little to do with containers."""

STATES: Final = ("real", "partial", "not yet")

HEAD: Final = """\
# Coverage

Which operations of the AWS API Homeport serves. `make gen` writes this page from the AWS models
and the code; `make check` fails when it is out of date.

- **real**: it does what Amazon's documentation says, on real containers.
- **partial**: it is real as far as it goes; the last column says what is missing.
- **not yet**: it answers with an error that says so in a sentence, and changes nothing.

"""


def model(service: str) -> Mapping[str, Any]:
    """The newest model of a service that botocore has."""
    loaded: Mapping[str, Any] = Loader().load_service_model(service, "service-2")
    return loaded


def wired(service: str) -> Service | None:
    """The service as its wiring declares it; None while it has no wiring."""
    room = ROOT / "src" / "homeport" / "services" / service
    if not (room / "wiring.py").exists():
        return None
    wiring = importlib.import_module(f"homeport.services.{service}.wiring")
    declared: Sequence[Service] = wiring.services()
    return next(each for each in declared if each.name == service)


def row(name: str, service: Service | None) -> tuple[str, str, str]:
    """(operation, state, remark)."""
    if service is not None and name in service.operations:
        operation = service.operations[name]
        if operation.refuses:
            return (name, "not yet", _sentence(operation.refuses))
        missing = operation.partial
        return (name, "partial", _sentence(missing)) if missing else (name, "real", "")
    return name, "not yet", _sentence(service.unsupported.get(name, "")) if service else ""


def section(service: str, rows: Sequence[tuple[str, str, str]], title: str) -> list[str]:
    """One service: its title, its counts, its table."""
    counts = {state: sum(each[1] == state for each in rows) for state in STATES}
    total = ", ".join(f"{count} {state}" for state, count in counts.items())
    shown = [
        each for each in rows if service not in SERVED_ROWS_ONLY or each[1:] != ("not yet", "")
    ]
    lines = [f"## {title}", "", f"{len(rows)} operations: {total}.", ""]
    if not shown:
        return lines
    lines += ["| operation | | |", "| --- | --- | --- |"]
    lines += [f"| {name} | {state} | {remark} |" for name, state, remark in shown]
    if service in SERVED_ROWS_ONLY:
        lines += ["", "Every other operation is not yet built and says so."]
    return [*lines, ""]


def _sentence(text: str) -> str:
    plain = " ".join(text.split()).replace("|", "\\|")
    plain = plain[:1].upper() + plain[1:]
    return plain if not plain or plain.endswith(".") else f"{plain}."


def page() -> str:
    """The whole page."""
    lines: list[str] = []
    for service in SERVICES:
        described = model(service)
        wiring = wired(service)
        rows = [row(name, wiring) for name in sorted(described["operations"])]
        title = f"{described['metadata']['serviceFullName']} (`{service}`)"
        lines += section(service, rows, title)
    return HEAD + "\n".join(lines).rstrip() + "\n"


def main() -> None:
    """Write the page."""
    PAGE.write_text(page())


if __name__ == "__main__":
    main()
