"""The edge of hooks with real commands, a real server, and a real store."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import uvloop
from aiohttp import web

from conftest import create_tables
from homeport.app.hook_runner import HookRunner
from homeport.app.services import providers
from homeport.contracts.hooks import Answer, Invocation
from homeport.contracts.peers import Peers
from homeport.runtime.lease import Leases
from homeport.runtime.system import SystemClock, SystemIds
from homeport.services.hooks.queries.hooks import put_hook
from homeport.services.hooks.records.hooks import Hook
from homeport.store import Change, Store
from homeport.store.sqlite import SqliteStore

ACCOUNT, REGION = "000000000000", "us-east-1"
PATIENCE_S = 60.0


class Rig:
    """A store with hooks, and a runner that can be ended and started again."""

    def __init__(self, store: Store, directory: Path) -> None:
        self.store = store
        self.directory = directory
        self.clock = SystemClock()
        self.ids = SystemIds()
        self.peers: Peers = providers(self.clock)

    @asynccontextmanager
    async def running(self, leases: Leases | None = None) -> AsyncIterator[None]:
        runner = HookRunner(
            self.store,
            self.peers.hook_work,
            clock=self.clock,
            ids=self.ids,
            credentials={"AWS_ENDPOINT_URL": "http://here"},
            directory=self.directory,
            leases=leases,
        )
        task = asyncio.create_task(runner.run())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    def set(self, **changes: Any) -> None:
        hook = Hook(account=ACCOUNT, region=REGION, name="smoke", **changes)
        self.store.write(lambda tx: put_hook(tx, hook))

    def invoke(self, payload: str = "{}") -> str:
        wanted = Invocation(
            account=ACCOUNT, region=REGION, function="smoke", payload=payload, wake=("mine", "me")
        )
        now = self.clock.now()
        return self.store.write(
            lambda tx: self.peers.hooks.invoke(tx, wanted, now=now, ids=self.ids)
        )

    def forget(self, invocation: str) -> None:
        now = self.clock.now()
        self.store.write(lambda tx: self.peers.hooks.forget(tx, invocation, now=now, ids=self.ids))

    async def answer(self, invocation: str) -> Answer:
        """The answer, once there is one."""
        return await self.until(lambda: self._answered(invocation))

    async def until(self, look: Callable[[], Any]) -> Any:
        """What `look` finds, looked for at each change of the store."""
        loop, news = asyncio.get_running_loop(), asyncio.Event()

        def hear(_: object) -> None:
            loop.call_soon_threadsafe(news.set)

        stop = self.store.feed.listen(hear)
        try:
            async with asyncio.timeout(PATIENCE_S):
                while not (found := look()):
                    await news.wait()
                    news.clear()
                return found
        finally:
            stop()

    def _answered(self, invocation: str) -> Answer | None:
        answer = self.store.read(lambda tx: self.peers.hooks.answer(tx, invocation))
        return None if answer is None or answer.status == "RUNNING" else answer


def rigged(directory: Path, story: Callable[[Rig], Any]) -> None:
    store = SqliteStore()
    store.write(create_tables)
    try:
        uvloop.run(story(Rig(store, directory)))
    finally:
        store.close()


def test_a_command_is_handed_the_payload_and_the_way_to_homeport(tmp_path: Path) -> None:
    async def story(rig: Rig) -> None:
        rig.set(command='cat; echo " $AWS_ENDPOINT_URL $AWS_REGION $AWS_LAMBDA_FUNCTION_NAME $PWD"')
        async with rig.running():
            answer = await rig.answer(rig.invoke('{"a": 1}'))
        told = f'{{"a": 1}} http://here us-east-1 smoke {tmp_path}\n'
        assert (answer.status, answer.body) == ("ANSWERED", told)

    rigged(tmp_path, story)


def test_a_command_that_fails_says_how(tmp_path: Path) -> None:
    async def story(rig: Rig) -> None:
        async with rig.running():
            rig.set(command="echo it is broken >&2; exit 3")
            answer = await rig.answer(rig.invoke())
            assert answer.status == "FAILED"
            assert answer.diagnostic == "The command of the hook exited with 3. it is broken"
            rig.set(command="kill -9 $$")
            answer = await rig.answer(rig.invoke())
            assert answer.diagnostic == "The command of the hook was ended by signal 9."
            rig.set(command="true", directory=str(tmp_path / "nowhere"))
            answer = await rig.answer(rig.invoke())
            assert "could not be run" in answer.diagnostic

    rigged(tmp_path, story)


def test_a_command_that_reads_nothing_and_says_too_much_is_none_the_worse(tmp_path: Path) -> None:
    async def story(rig: Rig) -> None:
        rig.set(command="exec <&-; head -c 10000000 /dev/zero | tr '\\0' x")
        async with rig.running():
            answer = await rig.answer(rig.invoke("x" * 1_000_000))
        assert answer.status == "ANSWERED"
        assert answer.body == "x" * (256 * 1024)

    rigged(tmp_path, story)


def test_what_a_command_leaves_behind_does_not_hold_it_up_and_is_ended(tmp_path: Path) -> None:
    async def story(rig: Rig) -> None:
        rig.set(command="sleep 1000 & echo $!")
        async with rig.running():
            answer = await rig.answer(rig.invoke())
        assert answer.status == "ANSWERED"
        assert not is_alive(int(answer.body))

    rigged(tmp_path, story)


def test_a_child_that_got_away_with_the_output_does_not_hold_it_up(tmp_path: Path) -> None:
    async def story(rig: Rig) -> None:
        rig.set(command="setsid sleep 1000 & echo $!")
        async with rig.running():
            answer = await rig.answer(rig.invoke())
        os.kill(int(answer.body), signal.SIGKILL)
        assert answer.status == "ANSWERED"

    rigged(tmp_path, story)


def test_a_command_that_takes_too_long_is_killed(tmp_path: Path) -> None:
    async def story(rig: Rig) -> None:
        rig.set(command="echo $$ > pid; sleep 1000", timeout_s=0.3)
        async with rig.running():
            answer = await rig.answer(rig.invoke())
        assert answer.diagnostic == "The command of the hook did not answer within 0.3 seconds."
        if (tmp_path / "pid").exists():
            assert not is_alive(int((tmp_path / "pid").read_text()))

    rigged(tmp_path, story)


def test_a_command_that_nobody_waits_for_is_killed(tmp_path: Path) -> None:
    async def story(rig: Rig) -> None:
        fifo = tmp_path / "fifo"
        os.mkfifo(fifo)
        rig.set(command=f"echo $$ > {fifo}; sleep 1000")
        async with rig.running():
            invocation = rig.invoke()
            pid = int(await asyncio.to_thread(fifo.read_text))
            watcher = os.pidfd_open(pid)
            rig.forget(invocation)
            await readable(watcher)
            os.close(watcher)

    rigged(tmp_path, story)


def test_an_invocation_that_the_end_of_homeport_interrupts_is_made_again(tmp_path: Path) -> None:
    async def story(rig: Rig) -> None:
        fifo = tmp_path / "fifo"
        os.mkfifo(fifo)
        rig.set(command=f"echo $$ > {fifo}; [ -e go ] || sleep 1000; echo done")
        async with rig.running():
            invocation = rig.invoke()
            pid = int(await asyncio.to_thread(fifo.read_text))
            watcher = os.pidfd_open(pid)
        await readable(watcher)
        os.close(watcher)
        (tmp_path / "go").touch()
        async with rig.running():
            again = int(await asyncio.to_thread(fifo.read_text))
            answer = await rig.answer(invocation)
        assert again != pid
        assert (answer.status, answer.body) == ("ANSWERED", "done\n")

    rigged(tmp_path, story)


class Fickle:
    """A lease of everything, but for a moment."""

    def __init__(self) -> None:
        self.lapses = 0
        """How often it is somebody else's, from now on."""
        self.wake: Callable[[], None] = lambda: None

    def holds(self, reconciler: str, key: str) -> bool:
        self.lapses -= 1
        return self.lapses < 0

    def on_gain(self, wake: Callable[[], None]) -> None:
        self.wake = wake


def test_an_invocation_that_was_somebody_elses_for_a_moment_is_asked_again(tmp_path: Path) -> None:
    """It is ours again before what was asked has ended, and nobody says so a second time."""

    async def story(rig: Rig) -> None:
        fifo, leases = tmp_path / "fifo", Fickle()
        os.mkfifo(fifo)
        first = f"echo $$ > {fifo}; sleep 1000"
        rig.set(command=f"if [ -e go ]; then echo done; else {first}; fi")
        async with rig.running(leases):
            invocation = rig.invoke()
            await asyncio.to_thread(fifo.read_text)
            (tmp_path / "go").touch()
            leases.lapses = 1
            leases.wake()
            answer = await rig.answer(invocation)
        assert answer.body == "done\n"

    rigged(tmp_path, story)


def test_fifty_invocations_at_once_are_each_answered_with_their_own(tmp_path: Path) -> None:
    async def story(rig: Rig) -> None:
        rig.set(command="cat")
        async with rig.running():
            asked = [rig.invoke(str(number)) for number in range(50)]
            answers = [await rig.answer(each) for each in asked]
        assert [each.body for each in answers] == [str(number) for number in range(50)]

    rigged(tmp_path, story)


def test_a_server_is_posted_the_payload_and_must_answer_2xx(tmp_path: Path) -> None:
    async def story(rig: Rig) -> None:
        async def answers(request: web.Request) -> web.Response:
            body = await request.text()
            if "bad" in body:
                return web.Response(status=503, text="not now")
            if "elsewhere" in body:
                return web.Response(status=302, headers={"Location": "/"})
            return web.Response(text=f"{request.method} {request.content_type} {body}")

        async with server(answers) as url, rig.running():
            rig.set(url=url)
            answer = await rig.answer(rig.invoke('"good"'))
            assert (answer.status, answer.body) == (
                "ANSWERED",
                'POST application/json "good"',
            )
            answer = await rig.answer(rig.invoke('"bad"'))
            assert answer.diagnostic == f"{url} answered 503. not now"
            answer = await rig.answer(rig.invoke('"elsewhere"'))
            assert answer.diagnostic == f"{url} answered 302."
        async with rig.running():
            answer = await rig.answer(rig.invoke())
            assert f"{url} did not answer" in answer.diagnostic

    rigged(tmp_path, story)


@asynccontextmanager
async def server(answers: Callable[[web.Request], Any]) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_post("/", answers)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/"
    finally:
        await runner.cleanup()


async def readable(watcher: int) -> None:
    """Until the process behind the descriptor is over."""
    over = asyncio.Event()
    asyncio.get_running_loop().add_reader(watcher, over.set)
    try:
        async with asyncio.timeout(PATIENCE_S):
            await over.wait()
    finally:
        asyncio.get_running_loop().remove_reader(watcher)


def is_alive(pid: int) -> bool:
    """Whether a process runs; a killed one that nobody has waited for does not."""
    try:
        os.kill(pid, signal.SIG_DFL)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    return state not in ("Z", "X")


def test_the_kind_that_wakes_the_runner_is_the_one_that_is_announced(tmp_path: Path) -> None:
    async def story(rig: Rig) -> None:
        heard: list[Change] = []
        rig.store.feed.listen(heard.extend)
        rig.set(command="true")
        invocation = rig.invoke()
        assert heard == [Change("hook invocation", invocation)]

    rigged(tmp_path, story)
