"""Many receivers at the same time: everybody gets something else."""

from concurrent.futures import ThreadPoolExecutor

from queue_asking import Queues, bodies

RECEIVERS = 50
MESSAGES = 200


def test_fifty_receivers_at_once_get_each_message_once(queues: Queues) -> None:
    queue = queues.create("busy")
    for number in range(MESSAGES):
        queues.send(queue, str(number))

    def receive_all(_: int) -> list[str]:
        got: list[str] = []
        while found := queues.receive(queue, 3):
            got.extend(bodies(found))
        return got

    with ThreadPoolExecutor(RECEIVERS) as pool:
        received = [body for got in pool.map(receive_all, range(RECEIVERS)) for body in got]
    assert sorted(map(int, received)) == list(range(MESSAGES))


def test_receivers_of_a_fifo_queue_share_no_group(queues: Queues) -> None:
    queue = queues.create("busy.fifo", FifoQueue="true", ContentBasedDeduplication="true")
    for number in range(60):
        queues.send(queue, f"{number % 6}:{number}", MessageGroupId=f"g{number % 6}")

    def receive_some(_: int) -> list[str]:
        return bodies(queues.receive(queue, 4))

    with ThreadPoolExecutor(12) as pool:
        received = [got for got in pool.map(receive_some, range(12)) if got]
    groups = [{body.partition(":")[0] for body in got} for got in received]
    assert sum(len(each) for each in groups) == len(set().union(*groups)), "a group had two"
    for got in received:
        for group in "012345":
            numbers = [int(each[2:]) for each in got if each[0] == group]
            assert numbers == [int(group) + 6 * at for at in range(len(numbers))]


def test_senders_and_receivers_at_once_lose_nothing(queues: Queues) -> None:
    queue = queues.create("both")

    def send(number: int) -> str:
        queues.send(queue, str(number))
        return ""

    def receive(_: int) -> list[str]:
        got = []
        for message in queues.receive(queue, 2):
            queues.delete(queue, message)
            got.append(message["Body"])
        return got

    with ThreadPoolExecutor(16) as pool:
        sending = [pool.submit(send, number) for number in range(80)]
        receiving = [pool.submit(receive, number) for number in range(40)]
        for each in sending:
            each.result()
        received = [body for each in receiving for body in each.result()]
    while found := queues.receive(queue):
        received.extend(bodies(found))
    assert sorted(map(int, received)) == list(range(80))
