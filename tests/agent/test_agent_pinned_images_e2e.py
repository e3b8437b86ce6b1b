"""A service's revision means the image that its tag meant first, whatever the tag means later."""

import asyncio
import subprocess

import pytest

from agent.lab import IMAGE, Lab, container, in_lab, of, task, told

pytestmark = pytest.mark.e2e

TAG = "pinned:latest"
UNKNOWN = "sha256:" + "0" * 64


def docker(host: str, *words: str) -> str:
    done = subprocess.run(
        ["docker", "--host", host, *words], check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def build(host: str, change: str) -> str:
    """Give TAG a new image; answers the image's id."""
    made = docker(host, "create", IMAGE, "true")
    built = docker(host, "commit", "--change", f"ENV MADE={change}", made, TAG)
    docker(host, "rm", made)
    return built


def test_the_image_that_the_tag_meant_first_is_run_again(docker_host: str) -> None:
    first = build(docker_host, "first")
    second = build(docker_host, "second")
    assert first != second

    async def scenario(lab: Lab) -> None:
        pinned = task(container(image=TAG, pinned_digest=first))
        loose = task(container(image=TAG))
        report = await lab.run(pinned)
        assert (await lab.inspect(report))["Image"] == first
        assert of(report).image_digest == first
        assert (await lab.inspect(await lab.run(loose)))["Image"] == second
        await asyncio.gather(lab.remove(pinned), lab.remove(loose))

    in_lab(docker_host, scenario)


def test_an_image_that_was_built_on_another_host_is_what_this_host_has_of_that_name(
    docker_host: str,
) -> None:
    here = build(docker_host, "here")

    async def scenario(lab: Lab) -> None:
        pinned = task(container(image=TAG, pinned_digest=UNKNOWN))
        report = await lab.run(pinned)
        assert (await lab.inspect(report))["Image"] == here
        assert f"used {TAG} of this host, which was built here" in told(report)
        await lab.remove(pinned)

    in_lab(docker_host, scenario)
