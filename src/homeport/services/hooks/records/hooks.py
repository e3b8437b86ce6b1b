"""What stands for a Lambda function, and one time that it was asked.

`docs/design/ownership.md` says who writes which field.
"""

from typing import Final, Literal, TypeAlias

from msgspec import Struct

Status: TypeAlias = Literal["RUNNING", "ANSWERED", "FAILED"]

TIMEOUT_DEFAULT_S: Final = 900.0
"""The longest that a Lambda function may run."""


class TaskHook(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A task that must exit with 0, as RunTask is asked for it."""

    task_definition: str
    cluster: str = "default"
    launch_type: str | None = None
    subnets: tuple[str, ...] = ()
    security_groups: tuple[str, ...] = ()


class Hook(Struct, frozen=True, kw_only=True):
    """What is asked in the place of a function: a command, a URL, or a task; exactly one."""

    account: str
    region: str
    name: str
    """The function's name, without version or alias."""
    command: str = ""
    """Run by the shell of the machine on which the control plane runs."""
    directory: str = ""
    """Where the command runs; empty: the state directory."""
    url: str = ""
    task: TaskHook | None = None
    timeout_s: float = TIMEOUT_DEFAULT_S
    """Real seconds: work takes the time that it takes."""
    updated_at: float = 0.0

    @property
    def kind(self) -> Literal["command", "url", "task"]:
        """Which of the three it is."""
        if self.task is not None:
            return "task"
        return "url" if self.url else "command"


class Asked(Struct, frozen=True, kw_only=True):
    """One time that a function was asked."""

    id: str
    account: str
    region: str
    function: str
    """As the hook names it: an ARN or a name."""
    name: str
    payload: str
    wake: tuple[str, str]
    """(kind, key) that is announced with the answer."""
    hook: Hook | None = None
    """What stood for the function then; None: nothing did."""
    status: Status = "RUNNING"
    task_arn: str | None = None
    body: str = ""
    diagnostic: str = ""
    created_at: float
    finished_at: float | None = None
