"""Lives of tasks on a real Engine: how they start, how they end, and what is told of it."""

import asyncio
import time

import pytest

from agent.lab import Lab, container, in_lab, of, task, told
from homeport.link.messages import Assignment
from homeport.link.spec import LogDriver, PortMapping, RestartPolicy

pytestmark = pytest.mark.e2e


def test_a_bridge_task_runs_and_is_removed_without_a_trace(docker_host: str) -> None:
    async def scenario(lab: Lab) -> None:
        spec = task(container(image="sample"))
        report = await lab.run(spec)
        inspected = await lab.inspect(report)
        assert inspected["State"]["Running"]
        assert of(report).image_digest == inspected["Image"]
        assert report.pull_started_at is not None
        assert report.pull_stopped_at is not None
        phases = [each.phase for each in lab.history[spec.task_arn]]
        assert phases.index("PREPARING") < phases.index("RUNNING")
        await lab.remove(spec)
        assert await lab.containers(spec) == []
        lab.assign(spec, "FORGOTTEN")
        assert lab.node.reports() == ()

    in_lab(docker_host, scenario)


def test_an_exit_code_and_the_last_lines_are_reported(docker_host: str) -> None:
    async def scenario(lab: Lab) -> None:
        lines = "i=0; while [ $i -lt 30 ]; do echo line $i; i=$((i+1)); done; sleep 0.2; "
        lines += "echo bad >&2; exit 3"
        spec = task(container(command=("sh", "-c", lines)))
        report = await lab.run_to_end(spec)
        ended = of(report)
        assert ended.exit_code == 3
        assert ended.reason is None
        assert not ended.oom_killed
        assert len(ended.last_lines) == 20
        assert {"bad", "line 29"} <= set(ended.last_lines)
        assert ended.finished_at is not None
        assert report.execution_stopped_at is not None
        assert "app: exited with code 3" in told(report)

    in_lab(docker_host, scenario)


@pytest.mark.parametrize("driver", ["json-file", "local"])
def test_the_last_lines_come_from_any_driver_the_engine_reads_back(
    docker_host: str, driver: str
) -> None:
    async def scenario(lab: Lab) -> None:
        long = "x" * 3000
        command = ("sh", "-c", f"echo {long}; echo end")
        spec = task(container(command=command, log=LogDriver(driver=driver), tty=driver == "local"))
        report = await lab.run_to_end(spec)
        assert of(report).last_lines == ("x" * 1000, "end")

    in_lab(docker_host, scenario)


def test_a_container_out_of_memory_is_told_apart(docker_host: str) -> None:
    async def scenario(lab: Lab) -> None:
        grow = ("sh", "-c", "a=x; while :; do a=$a$a; done")
        spec = task(container(command=grow, memory_mib=16))
        report = await lab.run_to_end(spec)
        ended = of(report)
        assert ended.exit_code == 137
        assert ended.oom_killed
        assert ended.reason == "OutOfMemoryError: Container killed due to memory usage"
        assert "memory limit 16 MiB" in (ended.oom_evidence or "")

    in_lab(docker_host, scenario)


def test_a_child_out_of_memory_is_not_its_container(docker_host: str) -> None:
    async def scenario(lab: Lab) -> None:
        child = "sh -c 'a=x; while :; do a=$a$a; done'"
        spec = task(container(command=("sh", "-c", f"{child}; sleep 1; exit 0"), memory_mib=16))
        report = await lab.run_to_end(spec)
        assert of(report).exit_code == 0
        assert not of(report).oom_killed
        assert of(report).reason is None
        assert "the kernel killed a process of it" in told(report)

    in_lab(docker_host, scenario)


def test_a_container_that_survived_and_is_killed_later_was_not_out_of_memory(
    docker_host: str,
) -> None:
    async def scenario(lab: Lab) -> None:
        child = "sh -c 'a=x; while :; do a=$a$a; done'"
        spec = task(container(command=("sh", "-c", f"{child}; sleep 1000"), memory_mib=16))
        lab.assign(spec)
        report = await lab.until(spec, lambda each: "killed a process" in told(each))
        await lab.engine.kill(of(report).docker_id or "", "SIGKILL")
        report = await lab.until(spec, "STOPPED")
        assert of(report).exit_code == 137
        assert of(report).reason is None

    in_lab(docker_host, scenario)


def test_a_container_that_ignores_sigterm_is_killed_after_its_timeout(docker_host: str) -> None:
    async def scenario(lab: Lab) -> None:
        deaf = ("sh", "-c", "trap '' TERM; while :; do sleep 0.1; done")
        spec = task(container(command=deaf, stop_timeout_s=1.5))
        await lab.run(spec)
        began = time.time()
        report = await lab.stop(spec)
        assert of(report).exit_code == 137
        assert 1.4 < time.time() - began < 4
        assert not of(report).oom_killed
        assert "STOPPING" in [each.phase for each in lab.history[spec.task_arn]]

    in_lab(docker_host, scenario)


def test_a_container_that_hears_sigterm_ends_with_its_own_code(docker_host: str) -> None:
    async def scenario(lab: Lab) -> None:
        polite = ("sh", "-c", "trap 'exit 7' TERM; while :; do sleep 0.05; done")
        spec = task(container(command=polite, stop_timeout_s=20.0))
        await lab.run(spec)
        report = await lab.stop(spec)
        assert of(report).exit_code == 7

    in_lab(docker_host, scenario)


def test_an_image_that_does_not_exist(docker_host: str) -> None:
    async def scenario(lab: Lab) -> None:
        image = "localhost:1/nothing:here"
        spec = task(container(image=image))
        report = await lab.run_to_end(spec)
        reason = of(report).reason or ""
        assert reason.startswith("CannotPullContainerError: Error response from daemon: ")
        assert "connection refused" in reason
        assert of(report).exit_code is None
        assert of(report).docker_id is None

        spec = task(container(image=image), launch_type="FARGATE")
        reason = of(await lab.run_to_end(spec)).reason or ""
        assert reason.startswith(
            "CannotPullContainerError: pull image manifest has been retried 1 time(s): "
            f"failed to resolve ref {image}: "
        )

    in_lab(docker_host, scenario)


def test_a_command_that_does_not_exist(docker_host: str) -> None:
    async def scenario(lab: Lab) -> None:
        spec = task(container(command=("nothing-of-the-kind",)), container("other"))
        report = await lab.run_to_end(spec)
        reason = of(report).reason or ""
        assert reason.startswith("CannotStartContainerError: Error response from daemon: ")
        assert "executable file not found" in reason
        assert of(report).exit_code is None
        assert of(report, "other").status == "STOPPED"

    in_lab(docker_host, scenario)


def test_a_body_that_the_engine_refuses(docker_host: str) -> None:
    async def scenario(lab: Lab) -> None:
        spec = task(container(working_directory="relative"))
        report = await lab.run_to_end(spec)
        assert (of(report).reason or "").startswith(
            "CannotCreateContainerError: Error response from daemon: "
        )

    in_lab(docker_host, scenario)


def test_a_port_in_use_and_a_port_of_the_engines_choice(docker_host: str) -> None:
    async def scenario(lab: Lab) -> None:
        free = task(container(port_mappings=(PortMapping(container_port=80),)))
        report = await lab.run(free)
        (bound,) = of(report).bindings
        assert (bound.bind_ip, bound.container_port, bound.protocol) == ("0.0.0.0", 80, "tcp")
        assert bound.host_port > 1024

        mapping = PortMapping(container_port=80, host_port=bound.host_port)
        report = await lab.run_to_end(task(container(port_mappings=(mapping,))))
        reason = of(report).reason or ""
        assert reason.startswith("CannotStartContainerError: Error response from daemon: ")
        assert "port is already allocated" in reason

    in_lab(docker_host, scenario)


def test_a_restart_policy_restarts_in_place(docker_host: str) -> None:
    async def scenario(lab: Lab) -> None:
        policy = RestartPolicy(attempt_period_s=0.3, ignored_exit_codes=(0,))
        count = "n=$(cat /n 2>/dev/null || echo 0); echo $((n+1)) > /n; sleep 0.6; "
        command = ("sh", "-c", count + "[ $n -lt 2 ] && exit 5; exit 0")
        spec = task(container(command=command, restart_policy=policy))
        report = await lab.run_to_end(spec)
        assert of(report).exit_code == 0
        assert of(report).restart_count == 2
        ids = {of(each).docker_id for each in lab.history[spec.task_arn]} - {None}
        assert len(ids) == 1
        running = lab.history[spec.task_arn]
        first = next(i for i, each in enumerate(running) if each.phase == "RUNNING")
        assert all(each.phase == "RUNNING" for each in running[first:-1])

    in_lab(docker_host, scenario)


def test_a_container_that_fails_too_soon_is_not_restarted(docker_host: str) -> None:
    async def scenario(lab: Lab) -> None:
        policy = RestartPolicy(attempt_period_s=60)
        spec = task(container(command=("sh", "-c", "exit 5"), restart_policy=policy))
        report = await lab.run_to_end(spec)
        assert of(report).exit_code == 5
        assert of(report).restart_count == 0

    in_lab(docker_host, scenario)


def test_docker_kill_and_docker_rm_from_outside(docker_host: str) -> None:
    async def scenario(lab: Lab) -> None:
        spec = task()
        report = await lab.run(spec)
        await lab.engine.kill(of(report).docker_id or "", "SIGKILL")
        report = await lab.until(spec, "STOPPED")
        assert of(report).exit_code == 137
        assert of(report).reason is None

        spec = task()
        report = await lab.run(spec)
        await lab.engine.remove(of(report).docker_id or "")
        report = await lab.until(spec, "STOPPED")
        assert of(report).exit_code == 137

    in_lab(docker_host, scenario)


def test_a_stopped_container_that_somebody_starts_again_is_stopped_again(
    docker_host: str,
) -> None:
    async def scenario(lab: Lab) -> None:
        spec = task(container(command=("sh", "-c", "sleep 1; exit 4")))
        report = await lab.run_to_end(spec)
        await lab.engine.start(of(report).docker_id or "")
        await lab.until(spec, lambda each: "somebody started it again" in told(each))
        for _ in range(100):
            if not (await lab.inspect(report))["State"]["Running"]:
                break
            await asyncio.sleep(0.05)
        assert not (await lab.inspect(report))["State"]["Running"]
        assert of(lab.reports[spec.task_arn]).exit_code == 4

    in_lab(docker_host, scenario)


def test_a_stop_before_anything_started_starts_nothing(docker_host: str) -> None:
    async def scenario(lab: Lab) -> None:
        spec = task()
        lab.assign(spec)
        report = await lab.stop(spec)
        assert of(report).status == "STOPPED"
        created = await lab.containers(spec)
        assert all(each["State"] != "running" for each in created)

    in_lab(docker_host, scenario)


def test_an_older_generation_is_ignored(docker_host: str) -> None:
    async def scenario(lab: Lab) -> None:
        spec = task()
        await lab.run(spec)
        lab.node.assign(
            Assignment(task_arn=spec.task_arn, generation=0, desired="STOPPED", spec=spec)
        )
        assert lab.node.reports()[0].phase == "RUNNING"

    in_lab(docker_host, scenario)


def test_twenty_tasks_at_once(docker_host: str) -> None:
    async def scenario(lab: Lab) -> None:
        specs = [task() for _ in range(20)]
        for spec in specs:
            lab.assign(spec)
        for spec in specs:
            await lab.until(spec, "RUNNING")
        ids = {of(lab.reports[spec.task_arn]).docker_id for spec in specs}
        assert len(ids) == 20
        for spec in specs:
            lab.assign(spec, "STOPPED")
        for spec in specs:
            await lab.until(spec, "STOPPED")
            lab.assign(spec, "REMOVED")
        for spec in specs:
            await lab.until(spec, "REMOVED")
        for spec in specs:
            assert await lab.containers(spec) == []

    in_lab(docker_host, scenario)
