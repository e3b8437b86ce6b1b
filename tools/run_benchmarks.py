"""Runs the benchmarks and keeps their results, one JSON file for each kind of machine.

It measures nothing itself: each benchmark is a program of `benchmarks/` that prints JSON.
"""

import json
import os
import platform
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parent.parent
BENCHMARKS: Final = (
    *("tasks", "stop", "idle", "services"),
    *("api", "planners", "placement", "ring", "load_balancers", "rolling_under_load"),
    *("shifting", "schedules", "event_patterns"),
)


def machine() -> dict[str, Any]:
    """The kind of machine: what explains a difference, nothing that names this one."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "cpu": models[0] if models else platform.machine(),
        "cores": os.cpu_count(),
        "memory_gib": round(memory / 2**30),
        "python": platform.python_version(),
    }


def run(name: str) -> Any:
    """What one benchmark printed; the lab it needs is made by the caller."""
    program = [sys.executable, str(ROOT / "benchmarks" / f"{name}.py")]
    done = subprocess.run(program, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout)


def main() -> int:
    """Run the named benchmarks (all, without names); print the results and keep them."""
    names = sys.argv[1:] or list(BENCHMARKS)
    if unknown := set(names) - set(BENCHMARKS):
        print(f"no such benchmark: {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}")
        return 2
    here = machine()
    kind = f"{platform.machine()}-{here['cores']}-cores-{here['memory_gib']}-gib"
    kept = ROOT / "benchmarks" / "results" / f"{kind}.json"
    results: dict[str, Any] = json.loads(kept.read_text()) if kept.exists() else {}
    results["machine"] = here
    for name in names:
        print(f"== {name}", flush=True)
        results[name] = run(name)
        print(json.dumps(results[name], indent=2), flush=True)
        kept.parent.mkdir(exist_ok=True)
        kept.write_text(json.dumps(results, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
