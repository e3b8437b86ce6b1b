"""What stands for Lambda functions, and what came of asking one.  Provided by hooks."""

from dataclasses import dataclass
from typing import Literal, Protocol

from homeport.kernel.ids import Ids
from homeport.store import ReadTx, Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class Invocation:
    """A function that is to be asked."""

    account: str
    region: str
    function: str
    """The ARN or the name of a Lambda function, as a hook names it."""
    payload: str
    """JSON: what Lambda would hand to the function."""
    wake: tuple[str, str]
    """(kind, key) to announce to the change feed when there is an answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """How an invocation is."""

    status: Literal["RUNNING", "ANSWERED", "FAILED"]
    """ANSWERED: the command exited with 0, the server answered 2xx, or the task's containers exited
    with 0.  FAILED: they did not, nothing answered, or nothing is mapped to the function."""
    body: str = ""
    """What was answered: a command's standard output, an HTTP body; empty for a task."""
    is_task: bool = False
    """A task stood for the function: that it exited with 0 is all that it can say."""
    diagnostic: str = ""
    """One sentence: why it FAILED."""
    finished_at: float | None = None


class Hooks(Protocol):
    """Asks what is mapped to functions.  An invocation that a crash interrupts is made again."""

    def invoke(self, tx: Tx, wanted: Invocation, *, now: float, ids: Ids) -> str:
        """Have the function asked; answers the invocation's id.  Nothing is asked before commit."""

    def answer(self, tx: ReadTx, invocation_id: str) -> Answer | None:
        """How the invocation is; None when nobody knows it (any more)."""

    def forget(self, tx: Tx, invocation_id: str, *, now: float, ids: Ids) -> None:
        """Nobody waits for it any more: it is ended if it still runs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An invocation that has no answer yet, for who does the asking."""

    id: str
    kind: Literal["command", "url", "task"]
    name: str
    payload: str
    region: str
    command: str = ""
    directory: str = ""
    url: str = ""
    task_arn: str | None = None
    """The task that stands for the function, once it was started."""
    began_at: float
    timeout_s: float
    """Real seconds since `began_at`."""


class HookWork(Protocol):
    """The edge's side: what is to be asked, and what came of it.

    The change feed announces an invocation that is new, answered or forgotten as kind
    ``hook invocation`` with its id as key.
    """

    def orders(self, tx: ReadTx) -> tuple[Order, ...]:
        """Everything that has no answer yet, the oldest first."""

    def order(self, tx: ReadTx, invocation_id: str) -> Order | None:
        """What is to be done for an invocation; None when it has its answer or was forgotten."""

    def settle(
        self, tx: Tx, invocation_id: str, *, body: str | None, diagnostic: str, now: float
    ) -> None:
        """The answer: a body, or None and why there is none.  The first answer counts."""

    def keep_task(self, tx: Tx, invocation_id: str, *, now: float, ids: Ids) -> str | None:
        """Start the task that stands for the function, or look how it is, and settle what is over.

        Answers the ARN of the task while it runs.
        """
