"""SQS asked directly: operations by name, in transactions of a store, at the time of a clock."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from homeport.runtime import Call
from homeport.services.sqs.wiring import services
from homeport.store import Store

OPERATIONS = services()[0].operations
ACCOUNT = "000000000000"


def url(name: str, account: str = ACCOUNT) -> str:
    """The address of a queue, at some host."""
    return f"http://localhost:4566/{account}/{name}"


@dataclass
class Queues:
    """Asks SQS for operations."""

    store: Store
    call: Callable[..., Call]

    def ask(self, operation: str, **request: Any) -> Any:
        """The answer of the operation; `NotYet` is one too."""
        found = OPERATIONS[operation]
        call = self.call()
        run = self.store.write if found.writes else self.store.read
        return run(lambda tx: found.handler(tx, call, request))

    def create(self, name: str, **attributes: str) -> str:
        """Make a queue; answers its address."""
        self.ask("CreateQueue", QueueName=name, Attributes=attributes)
        return url(name)

    def send(self, queue: str, body: str, **more: Any) -> Any:
        """Send a message."""
        return self.ask("SendMessage", QueueUrl=queue, MessageBody=body, **more)

    def receive(self, queue: str, count: int = 10, **more: Any) -> list[Any]:
        """The messages that there are now."""
        answer = self.ask("ReceiveMessage", QueueUrl=queue, MaxNumberOfMessages=count, **more)
        found: list[Any] = answer.get("Messages", [])
        return found

    def delete(self, queue: str, message: Any) -> None:
        """Delete a message that was received."""
        self.ask("DeleteMessage", QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])

    def attributes(self, queue: str, *names: str) -> dict[str, str]:
        """Attributes of a queue; all of them when none is named."""
        answer = self.ask(
            "GetQueueAttributes", QueueUrl=queue, AttributeNames=list(names or ("All",))
        )
        found: dict[str, str] = answer.get("Attributes", {})
        return found

    def counts(self, queue: str) -> tuple[int, int, int]:
        """How many messages are visible, delayed and in flight."""
        found = self.attributes(queue)
        kinds = ("", "Delayed", "NotVisible")
        visible, delayed, hidden = (
            int(found[f"ApproximateNumberOfMessages{each}"]) for each in kinds
        )
        return visible, delayed, hidden


def bodies(messages: Sequence[Any]) -> list[str]:
    """What messages say."""
    return [each["Body"] for each in messages]
