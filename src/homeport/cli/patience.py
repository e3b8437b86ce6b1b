"""Outlasts a Homeport that is being started again: tasks and rollouts go on meanwhile."""

import time
from collections.abc import Callable
from typing import Final, TypeVar

import click

from homeport.cli.client import Client
from homeport.cli.wakes import AGAIN_S, TROUBLE

PATIENCE_S: Final = 120.0

Answer = TypeVar("Answer")


def patiently(client: Callable[[], Client], ask: Callable[[Client], Answer]) -> Answer:
    """What `ask`, which only reads, is answered; it is asked again while Homeport is away."""
    deadline = time.monotonic() + PATIENCE_S
    has_told = False
    while True:
        try:
            return ask(client())
        except TROUBLE:
            if time.monotonic() > deadline:
                raise
            if not has_told:
                click.echo("homeport: Homeport does not answer; waiting for it", err=True)
                has_told = True
        time.sleep(AGAIN_S)
