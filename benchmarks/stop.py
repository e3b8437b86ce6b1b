"""How long StopTask takes to answer while the container takes its 30 s (inside scripts/lab)."""

import json
import statistics
import tempfile
import time

from lean import Lean
from tasks import start, until

DEAF = ["sh", "-c", "trap '' TERM; while true; do sleep 1; done"]


def main() -> None:
    with tempfile.TemporaryDirectory() as state:
        process, server = start(state)
        lean = Lean(server)
        container = {"name": "main", "image": "sample:latest", "memory": 64, "command": DEAF}
        lean.call("RegisterTaskDefinition", {"family": "deaf", "containerDefinitions": [container]})
        arns = [
            task["taskArn"]
            for task in lean.call("RunTask", {"taskDefinition": "deaf", "count": 5})["tasks"]  # type: ignore[attr-defined]
        ]
        until(lean, arns, "RUNNING")
        answers = []
        begin = time.perf_counter()
        for arn in arns:
            start_at = time.perf_counter()
            lean.call("StopTask", {"task": arn})
            answers.append(time.perf_counter() - start_at)
        until(lean, arns, "STOPPED")
        whole = time.perf_counter() - begin
        process.terminate()
        process.wait()
    print(
        json.dumps(
            {
                "stop_task_answer_ms": round(statistics.median(answers) * 1e3, 2),
                "stopped_after_s": round(whole, 1),
            }
        )
    )


if __name__ == "__main__":
    main()
