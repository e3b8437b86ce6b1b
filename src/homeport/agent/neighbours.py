"""The other agents of this machine, and what they know of a question that is not ours.

Each agent listens on a Unix socket in a directory of theirs: one question, one answer, and the
connection ends.  Who holds the address that containers ask is `metadata_sharing`.
"""

import asyncio
import contextlib
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

import msgspec
import structlog
from msgspec import Struct

from homeport.agent.metadata_wire import FAILED, Answer, Certainty, Question

ANSWERED_WITHIN_S: Final = 10.0
FRAME_BYTES_MAX: Final = 16 * 1024 * 1024
LENGTH_BYTES: Final = 4
WAITING_MAX: Final = 256
ROUTES_KEPT_MAX: Final = 4096
SUFFIX: Final = ".sock"
AWAY: Final = "The agent of this task does not run right now."

_log = structlog.get_logger("homeport.metadata")


class Passed(Struct, frozen=True, kw_only=True):
    """An answer on its way from one agent to the other."""

    status: int
    body: bytes
    text: bool
    certainty: Certainty


_ENCODER: Final = msgspec.msgpack.Encoder()
_QUESTION: Final = msgspec.msgpack.Decoder(Question)
_PASSED: Final = msgspec.msgpack.Decoder(Passed)


class OwnDoor:
    """Where the other agents ask us."""

    def __init__(
        self, place: Path, name: str, answer: Callable[[Question], Awaitable[Answer]]
    ) -> None:
        self._path = place / (name + SUFFIX)
        self._answer = answer
        self._server: asyncio.Server | None = None

    async def open(self) -> None:
        """Listen; what an earlier run of ours left behind is replaced."""
        self._path.unlink(missing_ok=True)
        bound = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            bound.bind(str(self._path))
            bound.listen(WAITING_MAX)
        except OSError:
            bound.close()
            raise
        self._server = await asyncio.start_unix_server(self._serve, sock=bound)

    def close(self, *, coming_back: bool) -> None:
        """Listen no more.  With `coming_back` the others know that we will again: tasks of ours
        go on, and nobody can say of an id that it is none of theirs."""
        if self._server is None:
            return
        self._server.close()
        self._server = None
        self._path.unlink(missing_ok=True)
        if coming_back:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sign:
                sign.bind(str(self._path))  # The file stays, and nobody listens at it.

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.closing(writer), contextlib.suppress(OSError, asyncio.IncompleteReadError):
            question = _QUESTION.decode(await _received(reader))
            try:
                answer = await self._answer(question)
            except Exception:
                _log.exception("could not answer a neighbour", path=question.path)
                answer = FAILED
            passed = Passed(
                status=answer.status,
                body=answer.encoded(),
                text=answer.text,
                certainty=answer.certainty,
            )
            _send(writer, _ENCODER.encode(passed))
            await writer.drain()


class Neighbours:
    """The other agents, asked all at once; who knew an id is asked alone the next time."""

    def __init__(self, place: Path, own_name: str) -> None:
        self._place = place
        self._own = own_name + SUFFIX
        self._routes: dict[str, Path] = {}

    def knows_way(self, question: Question) -> bool:
        """Whether one of them has answered for this id before."""
        return _subject(question) in self._routes

    async def answer(self, question: Question) -> Answer | None:
        """What the one who knows answers; the most that they can say if none knows for certain.

        None: there are no others.
        """
        subject = _subject(question)
        way = self._routes.pop(subject, None)
        if way is not None:
            told = await self._asked(way, question)
            if told is not None and told.certainty == "known":
                self._remember(subject, way)
                return told
        doors = [each for each in self._place.glob("*" + SUFFIX) if each.name != self._own]
        best: Answer | None = None
        asking = [asyncio.create_task(self._asked_at(each, question)) for each in doors]
        try:
            for next_told in asyncio.as_completed(asking):
                door, told = await next_told
                if told is not None and told.certainty == "known":
                    self._remember(subject, door)
                    return told
                best = _better(best, told)
        finally:
            for each in asking:
                each.cancel()
        return best

    async def _asked_at(self, door: Path, question: Question) -> tuple[Path, Answer | None]:
        return door, await self._asked(door, question)

    async def _asked(self, door: Path, question: Question) -> Answer | None:
        """Its answer; None when there is no such agent any more."""
        try:
            async with asyncio.timeout(ANSWERED_WITHIN_S):
                passed = await _exchanged(door, question)
        except FileNotFoundError:
            return None
        except (OSError, TimeoutError, asyncio.IncompleteReadError, msgspec.MsgspecError) as error:
            _log.debug("a neighbour does not answer", door=door.name, why=str(error))
            return away(question)
        return Answer(passed.status, passed.body, passed.text, passed.certainty)

    def _remember(self, subject: str, door: Path) -> None:
        if len(self._routes) >= ROUTES_KEPT_MAX:
            self._routes.clear()
        self._routes[subject] = door


def away(question: Question) -> Answer:
    """What is said while the agent that may know is away: clients try again."""
    match question.parts:
        case ["v2" | "v1" as version, "credentials", *_]:
            said = f"Credentials{version.upper()}Request: Credentials uninitialized for ID"
            code = {"code": "CredentialsUninitialized", "message": said, "HTTPErrorCode": 503}
            return Answer(503, code, certainty="unsure")
        case _:
            return Answer(503, AWAY, certainty="unsure")


def _better(best: Answer | None, told: Answer | None) -> Answer | None:
    if told is None or (best is not None and best.certainty == "unsure"):
        return best
    return told


def _subject(question: Question) -> str:
    """What the question is about: an id, or the address that asks."""
    match question.parts:
        case ["v2", "credentials", *rest]:
            return "/".join(rest)
        case ["v1", "credentials"]:
            return question.query
        case ["v2", *_]:
            return question.caller
        case [_, subject, *_]:
            return subject
        case _:
            return ""


async def _exchanged(door: Path, question: Question) -> Passed:
    reader, writer = await asyncio.open_unix_connection(str(door))
    with contextlib.closing(writer):
        _send(writer, _ENCODER.encode(question))
        return _PASSED.decode(await _received(reader))


def _send(writer: asyncio.StreamWriter, data: bytes) -> None:
    writer.write(len(data).to_bytes(LENGTH_BYTES) + data)


async def _received(reader: asyncio.StreamReader) -> bytes:
    length = int.from_bytes(await reader.readexactly(LENGTH_BYTES))
    if length > FRAME_BYTES_MAX:
        raise OSError("a neighbour sent more than it may")
    return await reader.readexactly(length)
