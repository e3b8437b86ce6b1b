"""The Engine that the end-to-end tests of the agent use."""

import os

import pytest


@pytest.fixture
def docker_host() -> str:
    """DOCKER_HOST; without it these tests have nothing to run on."""
    host = os.environ.get("DOCKER_HOST")
    if not host:
        pytest.skip("DOCKER_HOST names no Docker Engine")
    return host
