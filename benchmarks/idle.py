"""What Homeport costs while 20 tasks run and nobody asks: `idle_20_tasks` (inside scripts/lab)."""

import json
import os
import tempfile
import time
from pathlib import Path

from lean import Lean
from tasks import requests, start, stop, until

SECONDS = 30


def cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_mb(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def main() -> None:
    with tempfile.TemporaryDirectory() as state:
        process, server = start(state)
        lean = Lean(server)
        bridge, _ = requests(lean)
        arns = [
            task["taskArn"]
            for _ in range(2)
            for task in lean.call("RunTask", bridge | {"count": 10})["tasks"]  # type: ignore[attr-defined]
        ]
        until(lean, arns, "RUNNING")
        time.sleep(3)
        before = cpu_s(process.pid)
        time.sleep(SECONDS)
        share = (cpu_s(process.pid) - before) / SECONDS
        memory = resident_mb(process.pid)
        stop(lean, arns)
        process.terminate()
        process.wait()
    print(json.dumps({"percent_of_a_core": round(share * 100, 2), "resident_mb": round(memory)}))


if __name__ == "__main__":
    main()
