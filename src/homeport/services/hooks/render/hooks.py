"""Hooks and invocations as Homeport's own API shows them."""

import msgspec

from homeport.services.hooks.records.hooks import Asked, Hook
from homeport.shapes import homeport as shapes


def hook(of: Hook) -> shapes.Hook:
    """The model's `Hook`."""
    shown: shapes.Hook = {
        "name": of.name,
        "timeoutSeconds": of.timeout_s,
        "updatedAt": of.updated_at,
    }
    if of.task is not None:
        shown["task"] = msgspec.to_builtins(of.task)
        shown["task"]["cluster"] = of.task.cluster
    elif of.url:
        shown["url"] = of.url
    else:
        shown["command"] = of.command
        shown["directory"] = of.directory
    return shown


def invocation(of: Asked) -> shapes.HookInvocation:
    """The model's `HookInvocation`."""
    shown: shapes.HookInvocation = {
        "id": of.id,
        "name": of.name,
        "status": of.status,
        "payload": of.payload,
        "createdAt": of.created_at,
    }
    if of.finished_at is not None:
        shown["finishedAt"] = of.finished_at
    if of.body:
        shown["body"] = of.body
    if of.diagnostic:
        shown["diagnostic"] = of.diagnostic
    if of.task_arn is not None:
        shown["taskArn"] = of.task_arn
    return shown
