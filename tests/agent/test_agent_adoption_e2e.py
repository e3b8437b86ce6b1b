"""After a crash of the agent: what runs is taken over by its labels, and nothing is lost."""

import asyncio

import pytest

from agent.lab import (
    IMAGE,
    Gate,
    Lab,
    container,
    interface,
    laboratory,
    of,
    running,
    swept,
    task,
    told,
    wait_for,
)
from homeport.link.messages import Assignment, Welcome
from homeport.link.spec import RestartPolicy, Volume

pytestmark = pytest.mark.e2e


def test_what_runs_is_taken_over_and_what_ended_meanwhile_is_reported(docker_host: str) -> None:
    async def scenario() -> None:
        async with swept(docker_host) as sweeper:
            before = Lab(docker_host, sweeper.node_id)
            lone = task(network_mode="awsvpc", interface=interface(before.vpc_id, 10))
            pair = task(
                container("a"),
                container("b"),
                network_mode="awsvpc",
                interface=interface(before.vpc_id, 11),
            )
            policy = RestartPolicy(attempt_period_s=0.1)
            short = task(
                container(command=("sh", "-c", "echo bye; sleep 2; exit 6"), restart_policy=policy)
            )
            async with running(before):
                for each in (lone, pair, short):
                    await before.run(each)
            ids = {
                each.docker_id for report in before.reports.values() for each in report.containers
            }

            after = Lab(docker_host, sweeper.node_id)
            for _ in range(200):
                inspected = await after.engine.inspect(of(before.reports[short.task_arn]).docker_id)
                assert inspected is not None
                if not inspected["State"]["Running"]:
                    break
                await asyncio.sleep(0.05)
            async with running(after, assigned=3):
                for each in (lone, pair, short):
                    after.assign(each)
                assert (await after.until(lone, "RUNNING")).interface_attached
                assert (await after.until(pair, "RUNNING")).interface_attached
                report = await after.until(short, "STOPPED")
                assert of(report).exit_code == 6
                assert of(report).finished_at is not None
                report = await after.until(short, lambda each: of(each).last_lines)
                assert of(report).last_lines == ("bye",)
                assert "it ended while nobody watched" in told(report)
                now = {
                    each.docker_id
                    for report in after.reports.values()
                    for each in report.containers
                }
                assert now == ids
                first = before.reports[lone.task_arn]
                again = after.reports[lone.task_arn]
                assert again.sequence > first.sequence
                assert of(again).started_at == pytest.approx(of(first).started_at, abs=0.5)
                await after.remove(pair)
                assert await after.containers(pair) == []

    asyncio.run(scenario())


def test_what_nobody_assigned_is_removed_once_all_assignments_have_come(docker_host: str) -> None:
    async def scenario() -> None:
        async with swept(docker_host) as sweeper:
            before = Lab(docker_host, sweeper.node_id)
            kept, orphan = task(), task(volumes=(Volume(name="box"),), cpu=256, memory_mib=64)
            async with running(before):
                await before.run(kept)
                await before.run(orphan)

            after = Lab(docker_host, sweeper.node_id)
            async with running(after, assigned=1):
                await wait_for(lambda: after.node.engine_connected)
                await asyncio.sleep(0.2)
                assert len(await after.containers(orphan)) == 1
                after.assign(kept)
                await after.until(kept, "RUNNING")
                label = f"homeport.task-arn={orphan.task_arn}"
                for _ in range(100):
                    left = await after.engine.list_containers(label)
                    left += await after.engine.list_volumes([label])
                    if not left:
                        break
                    await asyncio.sleep(0.05)
                assert left == []
                assert orphan.task_arn not in after.reports
                assert len(await after.containers(kept)) == 1

    asyncio.run(scenario())


def test_a_task_of_an_earlier_link_that_is_not_assigned_again_is_removed(
    docker_host: str,
) -> None:
    async def scenario() -> None:
        async with laboratory(docker_host) as lab:
            spec = task()
            await lab.run(spec)
            lab.node.welcome(Welcome(instance_arn="arn", endpoint="http://x", assigned=0))
            await wait_for(lambda: lab.node.reports() == ())
            assert await lab.containers(spec) == []

    asyncio.run(scenario())


def test_a_created_container_is_started_and_a_late_assignment_adopts(docker_host: str) -> None:
    async def scenario() -> None:
        async with swept(docker_host) as lab:
            spec = task()
            body = {
                "Image": IMAGE,
                "Cmd": ["sleep", "1000"],
                "Labels": {
                    "homeport.node": lab.node_id,
                    "homeport.task-arn": spec.task_arn,
                    "homeport.role": "container",
                    "homeport.metadata-id": "abc",
                    "com.amazonaws.ecs.container-name": "app",
                },
            }
            docker_id = await lab.engine.create(spec.containers[0].docker_name, body)
            again = Lab(docker_host, lab.node_id)
            async with running(again, assigned=1):
                await wait_for(lambda: again.node.engine_connected)
                again.node.assign(
                    Assignment(task_arn=spec.task_arn, generation=1, desired="RUNNING", spec=spec)
                )
                report = await again.until(spec, "RUNNING")
                assert of(report).docker_id == docker_id
                found = again.node.known_by_metadata_id("abc")
                assert found is not None

    asyncio.run(scenario())


def test_an_engine_that_is_not_there_is_waited_for(tmp_path: object, docker_host: str) -> None:
    async def scenario() -> None:
        lab = Lab(f"unix://{tmp_path}/none.sock")
        spec = task()
        async with running(lab):
            lab.assign(spec)
            await asyncio.sleep(0.5)
            assert not lab.node.engine_connected
            assert lab.node.reports() == ()
            assert lab.reports == {}

    asyncio.run(scenario())


def test_a_broken_connection_is_made_again_and_what_happened_meanwhile_is_seen(
    docker_host: str, tmp_path: object
) -> None:
    async def scenario() -> None:
        async with swept(docker_host) as sweeper:
            gate = Gate(docker_host, f"{tmp_path}/gate.sock")
            await gate.open()
            lab = Lab(f"unix://{tmp_path}/gate.sock", sweeper.node_id)
            async with running(lab):
                stays, ends, late = task(), task(), task()
                await lab.run(stays)
                await lab.run(ends)
                await gate.shut()
                await wait_for(lambda: not lab.node.engine_connected)
                lab.assign(late)
                await sweeper.engine.kill(of(lab.reports[ends.task_arn]).docker_id or "", "SIGKILL")
                await asyncio.sleep(0.3)
                await gate.open()
                report = await lab.until(ends, "STOPPED")
                assert of(report).exit_code == 137
                await lab.until(late, "RUNNING")
                assert lab.reports[stays.task_arn].phase == "RUNNING"
                assert [each.connected for each in lab.engine_states] == [True, False, True]
            await gate.shut()

    asyncio.run(scenario())
