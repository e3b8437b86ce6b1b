"""The machines that run tasks: what each should run, what each reports.  Provided by ecs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from homeport.contracts.identity import AccessKey
from homeport.kernel.clock import Clock
from homeport.kernel.ids import Ids
from homeport.link.messages import Assignment, EngineState, Hello, TaskReport
from homeport.store import ReadTx, Tx


@dataclass(frozen=True, slots=True)
class Joined:
    """A node that was greeted: the container instance it is, and which of its hellos that was.

    Each hello of a node has a greater `session`, whichever control plane it is said to.
    """

    instance_arn: str
    session: int


class Fleet(Protocol):
    """The control plane's side of the agent link, whatever the protocol of the agent is."""

    def hello(self, tx: Tx, hello: Hello, *, now: float, ids: Ids, plane: str = "") -> Joined:
        """A node says who it is and what it has, to the control plane `plane`.

        The node counts as connected from here on.
        """

    def goodbye(self, tx: Tx, joined: Joined, *, now: float) -> None:
        """The link of this hello is lost: the node counts as disconnected until its next.

        Where the node has said hello again meanwhile, here or elsewhere, nothing changes.
        """

    def disconnect_all(self, tx: Tx, *, now: float) -> None:
        """No node is connected: the only control plane has just started."""

    def disconnect_plane(self, tx: Tx, plane: str, *, now: float) -> None:
        """No node is connected through this control plane: it is gone, or has just started."""

    def assignments(
        self, tx: ReadTx, instance_arn: str, after_generation: int
    ) -> tuple[Assignment, ...]:
        """What the node should know that is newer than `after_generation` (0: everything).

        In order of generation.  The change feed announces news as kind ``assignment`` with the
        instance's ARN as key.
        """

    def report(
        self, tx: Tx, instance_arn: str, reports: tuple[TaskReport, ...], *, now: float, ids: Ids
    ) -> None:
        """What the node observes of tasks.  Duplicates and late reports change nothing."""

    def engine_state(self, tx: Tx, instance_arn: str, state: EngineState, *, now: float) -> None:
        """Whether the node's Docker Engine answers: `agentConnected` stays as it is."""

    def task_credentials(
        self, tx: Tx, instance_arn: str, credentials_id: str, *, now: float, ids: Ids, clock: Clock
    ) -> AccessKey | None:
        """Fresh credentials of the role behind the id; None when no live task has that id."""

    def stop_all(self, tx: Tx, *, reason: str, stopped_by: str, now: float) -> None:
        """Every task that is not stopped yet should stop, of every account and region."""

    def discard_all(self, tx: Tx, *, now: float) -> None:
        """Every trace of every task should go at once, without time to stop in.

        Services are over: none of them starts another.
        """

    def remaining(self, tx: ReadTx, *, until: float) -> int:
        """How many tasks made no later than `until` still have something on a connected node."""

    def connected_nodes(self, tx: ReadTx) -> int:
        """How many nodes are connected."""

    def news(
        self, tx: ReadTx, after: float, tasks: Sequence[str] | None = None
    ) -> tuple[tuple[float, str, str], ...]:
        """What happened later than `after`: (when, task ARN, sentence), in order of time.

        Of these tasks (ARNs), all of it; of all tasks, the first few hundred.
        """

    def instance_address(
        self, tx: ReadTx, account: str, region: str, ec2_instance_id: str
    ) -> tuple[str, str] | None:
        """Where the host's ports of a container instance are reached, and its zone.

        None when no container instance of that id is registered, in whatever cluster.
        """
