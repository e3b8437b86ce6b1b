"""Event patterns: `one_bus_1k_rules`, tests of one event against one rule a second, on one core.

1,000 rules on a bus through which the events of ECS's tasks go.  Beside it `moto`, which a user
would otherwise have on their own machine: its patterns, compiled beforehand as ours are, asked one
after the other, as moto does for each event.  moto does not see into arrays of objects; what it
finds is therefore checked on the rules that do not ask for that.
"""

import gc
import json
import statistics
import time
from collections.abc import Callable, Iterator
from typing import Any

from moto.events.models import EventPattern

from homeport.services.events.plan.patterns import RuleIndex, compile_pattern, matches

RULES = 1_000
CLUSTERS = 40
SERVICES = 200
EVENTS = 200
ROUNDS = 9
ACCOUNT = "000000000000"
STATUSES = ("PROVISIONING", "PENDING", "ACTIVATING", "RUNNING", "DEACTIVATING", "STOPPED")
STOPPED = ("EssentialContainerExited", "TaskFailedToStart", "ServiceSchedulerInitiated")


def cluster(number: int) -> str:
    return f"arn:aws:ecs:us-east-1:{ACCOUNT}:cluster/team-{number % CLUSTERS}"


def task_event(number: int) -> dict[str, Any]:
    """An "ECS Task State Change" of two containers, in its real size."""
    arn = f"arn:aws:ecs:us-east-1:{ACCOUNT}:task/team-{number % CLUSTERS}/{number:032x}"
    status = STATUSES[number % len(STATUSES)]
    detail: dict[str, Any] = {
        "attachments": [{"id": f"{number:08x}", "type": "eni", "status": "ATTACHED"}],
        "availabilityZone": f"us-east-1{'abc'[number % 3]}",
        "clusterArn": cluster(number),
        "containers": [
            {
                "containerArn": f"{arn}/{name}",
                "name": name,
                "image": f"registry/{name}:{number % 7}",
                "lastStatus": status,
                "taskArn": arn,
                "networkInterfaces": [{"privateIpv4Address": f"10.0.{number % 250}.7"}],
                "cpu": "128",
                **({"exitCode": number % 5} if status == "STOPPED" else {}),
            }
            for name in ("app", "proxy")
        ],
        "cpu": "256",
        "createdAt": "2026-01-01T10:00:00.000Z",
        "desiredStatus": "STOPPED" if status == "STOPPED" else "RUNNING",
        "enableExecuteCommand": False,
        "group": f"service:s-{number % SERVICES}",
        "lastStatus": status,
        "launchType": "FARGATE",
        "memory": "512",
        "platformVersion": "1.4.0",
        "startedBy": f"ecs-svc/{number:019d}",
        "taskArn": arn,
        "taskDefinitionArn": f"arn:aws:ecs:us-east-1:{ACCOUNT}:task-definition/s:{number % 9}",
        "version": number % 6 + 1,
    }
    if status == "STOPPED":
        detail |= {"stopCode": STOPPED[number % 3], "stoppedReason": "Essential container exited"}
    return {
        "version": "0",
        "id": f"{number:032x}",
        "detail-type": "ECS Task State Change",
        "source": "aws.ecs",
        "account": ACCOUNT,
        "time": "2026-01-01T10:00:00Z",
        "region": "us-east-1",
        "resources": [arn],
        "detail": detail,
    }


def rule(number: int) -> dict[str, Any]:
    """What rules on such buses look like: most ask for a kind of event and one service or team."""
    pattern: dict[str, Any] = {"source": ["aws.ecs"], "detail-type": ["ECS Task State Change"]}
    service = f"service:s-{number % SERVICES}"
    match number % 10:
        case 0 | 1 | 2:
            pattern["detail"] = {"group": [service], "lastStatus": ["STOPPED"]}
        case 3:
            pattern["detail"] = {"clusterArn": [cluster(number)], "stopCode": [STOPPED[0]]}
        case 4:
            pattern["detail"] = {"group": [service], "containers": {"exitCode": [number % 5]}}
        case 5:
            pattern["detail"] = {"group": [{"prefix": f"service:s-{number % SERVICES}"}]}
        case 6:
            pattern["detail"] = {
                "clusterArn": [{"suffix": f"/team-{number % CLUSTERS}"}],
                "lastStatus": [{"anything-but": ["RUNNING", "PENDING"]}],
            }
        case 7:
            pattern["detail"] = {
                "clusterArn": [cluster(number)],
                "$or": [{"stopCode": [{"exists": True}]}, {"version": [{"numeric": [">", 5]}]}],
            }
        case 8:
            pattern["detail-type"] = ["ECS Deployment State Change"]
            pattern["detail"] = {"eventName": ["SERVICE_DEPLOYMENT_FAILED"]}
        case _:
            pattern = {"source": [f"com.example.s-{number}"], "detail": {"state": ["done"]}}
    return pattern


def rates(tests: int, calls: Callable[[], object]) -> dict[str, float]:
    """Tests a second of CPU time, the median of some rounds and the slowest."""
    calls()
    gc.collect()
    times = []
    for _ in range(ROUNDS):
        begun = time.process_time()
        calls()
        times.append(time.process_time() - begun)
    return {
        "tests_per_s": round(tests / statistics.median(times)),
        "slowest_tests_per_s": round(tests / max(times)),
    }


def one_bus_1k_rules() -> dict[str, Any]:
    texts = [json.dumps(rule(number)) for number in range(RULES)]
    # Every task comes again as it changes, and a bus has more tasks than rules.
    events = [task_event(number * 7 + 1) for number in range(EVENTS)]
    begun = time.process_time()
    patterns = [compile_pattern(text) for text in texts]
    index = RuleIndex((str(number), pattern) for number, pattern in enumerate(patterns))
    made = time.process_time() - begun
    theirs = [EventPattern.load(text) for text in texts]
    found = same_answers(events, texts, index, theirs)
    few = events[: EVENTS // 10]
    results: dict[str, Any] = {
        "rules": RULES,
        "matching_rules_of_an_event": round(found / len(events), 1),
        "compiled_and_indexed_in_ms": round(made * 1e3, 1),
        "index": rates(RULES * len(events), lambda: [index.matching(event) for event in events]),
        "one_by_one": rates(
            RULES * len(few),
            lambda: [matches(pattern, event) for event in few for pattern in patterns],
        ),
        "moto": rates(
            RULES * len(few),
            lambda: [pattern.matches_event(event) for event in few for pattern in theirs],
        ),
    }
    moto = results["moto"]["tests_per_s"]
    results["index_over_moto"] = round(results["index"]["tests_per_s"] / moto)
    results["one_by_one_over_moto"] = round(results["one_by_one"]["tests_per_s"] / moto, 1)
    return results


def same_answers(
    events: list[dict[str, Any]],
    texts: list[str],
    index: RuleIndex,
    theirs: list[EventPattern],
) -> int:
    """How many matches there are; stops the benchmark if moto finds others where it can look."""
    found = 0
    comparable = {number for number, text in enumerate(texts) if "containers" not in text}
    for event in events[:20]:
        ours = {int(name) for name in index.matching(event)}
        assert ours & comparable == set(in_moto(event, theirs)) & comparable
    for event in events:
        found += len(index.matching(event))
    return found


def in_moto(event: dict[str, Any], theirs: list[EventPattern]) -> Iterator[int]:
    for number, pattern in enumerate(theirs):
        if pattern.matches_event(event):
            yield number


if __name__ == "__main__":
    print(json.dumps({"one_bus_1k_rules": one_bus_1k_rules()}))
