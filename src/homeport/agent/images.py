"""Finds the image of a container: here if it is here, else from its registry.

Which image counts: one that was built or imported here (it has no registry's digest) is used as it
is.  One that came from a registry is used as it is when the reference names a digest, or the pull
behaviour is prefer-cached; for a tag the registry is asked, briefly, whether the tag has moved, as
ECS does for every task; a registry that does not answer is left alone for a while.
Concurrent wishes for one image are one pull.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Final

import structlog
from msgspec import Struct
from msgspec.structs import replace

from homeport.agent import words
from homeport.agent.engine import Engine
from homeport.agent.facts import image_facts
from homeport.agent.observed import ImageFacts
from homeport.agent.references import Reference, parse
from homeport.agent.troubles import EngineError, EngineTimeout
from homeport.kernel.clock import Clock

TRIES_MAX: Final = 3
RETRY_AFTER_S: Final = (1.1, 2.5)
REFRESH_TIMEOUT_S: Final = 3.0
REGISTRY_REST_S: Final = 60.0
BYTES_PER_MB: Final = 1_000_000

# A registry that says so will say so again.
PERMANENT: Final = (
    "not found",
    "manifest unknown",
    "denied",
    "unauthorized",
    "authentication required",
    "no such host",
    "network is unreachable",
    "no route to host",
    "connection refused",
    "server misbehaving",
    "invalid reference format",
    "no matching manifest",
    "certificate",
    "server gave http response",
)

_log = structlog.get_logger("homeport.images")

Spawn = Callable[[Coroutine[Any, Any, None]], object]


class Resolved(Struct, frozen=True, kw_only=True):
    """The image that a container gets, and how it came here."""

    image: ImageFacts
    story: str


class PullFailed(Exception):
    """No image: the text is ECS's, whole."""


class Images:
    """The images of one Engine."""

    def __init__(self, engine: Engine, clock: Clock, spawn: Spawn) -> None:
        self._engine = engine
        self._clock = clock
        self._spawn = spawn
        self._wanted: dict[tuple[str, bool, bool], asyncio.Future[Resolved]] = {}
        self._resting: dict[str, float] = {}

    async def resolve(self, text: str, *, prefer_cached: bool, fargate: bool) -> Resolved:
        """The image that `text` names.  Raises PullFailed, or EngineAway."""
        key = (text, prefer_cached, fargate)
        future = self._wanted.get(key)
        if future is None:
            future = asyncio.get_running_loop().create_future()
            self._wanted[key] = future
            self._spawn(self._settle(key, future))
        # Whoever gives up does not take the others' image away.
        return await asyncio.shield(future)

    async def resolve_pinned(self, text: str, digest: str, *, fargate: bool) -> Resolved:
        """The image that `text` meant when its digest was `digest`, whatever its tag means now.

        An image that was built on its host has no registry to be had from: `digest` is its id
        there, and another host uses what it has under that name.  Raises PullFailed, or EngineAway.
        """
        try:
            here = await self._engine.inspect_image(text)
            named = here if here is not None and _is_meant(here, digest) else None
            meant = named or await self._engine.inspect_image(digest)
        except (EngineError, EngineTimeout) as trouble:
            raise PullFailed(words.cannot_pull(text, 1, trouble, fargate=fargate)) from trouble
        if meant is not None:
            reference = text if meant is named else digest
            image = replace(image_facts(meant, text), reference=reference, digest=digest)
            return Resolved(image=image, story=f"found {text} ({digest}) on this host")
        if here is not None and not here.get("RepoDigests"):
            image = image_facts(here, text)
            return Resolved(image=image, story=f"used {text} of this host, which was built here")
        return await self.resolve(
            f"{parse(text).familiar}@{digest}", prefer_cached=True, fargate=fargate
        )

    async def _settle(self, key: tuple[str, bool, bool], future: asyncio.Future[Resolved]) -> None:
        text, prefer_cached, fargate = key
        try:
            future.set_result(await self._resolve(text, prefer_cached, fargate=fargate))
        except asyncio.CancelledError:
            future.cancel()
            raise
        except Exception as error:
            future.set_exception(error)
            future.exception()  # Nobody may be waiting any more; that is no error.
        finally:
            del self._wanted[key]

    async def _resolve(self, text: str, prefer_cached: bool, *, fargate: bool) -> Resolved:
        try:
            here = await self._engine.inspect_image(text)
            if here is not None:
                stays = prefer_cached or await self._is_current(text, here)
                if stays:
                    image = image_facts(here, text)
                    return Resolved(image=image, story=f"found {text} on this host")
        except (EngineError, EngineTimeout) as trouble:
            raise PullFailed(words.cannot_pull(text, 1, trouble, fargate=fargate)) from trouble
        try:
            return await self._pull(text, fargate=fargate)
        except PullFailed:
            if here is None:
                raise
            # As the ECS agent's default behaviour: what is here will do.
            image = image_facts(here, text)
            return Resolved(image=image, story=f"used {text} of this host: it cannot be pulled")

    async def _is_current(self, text: str, here: dict[str, Any]) -> bool:
        """Whether the image that is here is (as far as can be told) the one its tag means."""
        reference = parse(text)
        digests = here.get("RepoDigests") or []
        known = {each.partition("@")[2] for each in digests if _names(each, reference)}
        if reference.digest or not known:
            return True
        if self._resting.get(reference.registry, 0.0) > self._clock.now():
            return True
        try:
            return await self._engine.remote_digest(text, REFRESH_TIMEOUT_S) in known
        except (EngineError, EngineTimeout) as trouble:
            _log.info("registry not asked again for a while", image=text, why=str(trouble))
            self._resting[reference.registry] = self._clock.now() + REGISTRY_REST_S
            return True

    async def _pull(self, text: str, *, fargate: bool) -> Resolved:
        reference = parse(text)
        tag = "" if reference.digest else reference.tag
        name = (
            f"{reference.familiar}@{reference.digest}" if reference.digest else reference.familiar
        )
        began = self._clock.now()
        tried = 0
        while True:
            tried += 1
            try:
                await self._engine.pull(name, tag)
                break
            except (EngineError, EngineTimeout) as trouble:
                if tried >= TRIES_MAX or _is_permanent(trouble):
                    shown = reference.whole if fargate else text
                    said = words.cannot_pull(shown, tried, trouble, fargate=fargate)
                    raise PullFailed(said) from trouble
            await asyncio.sleep(RETRY_AFTER_S[tried - 1])
        pulled = await self._engine.inspect_image(text)
        if pulled is None:
            raise PullFailed(f"CannotPullContainerError: {text} is not there after its pull")
        image = image_facts(pulled, text)
        took = self._clock.now() - began
        megabytes = image.size_bytes / BYTES_PER_MB
        return Resolved(image=image, story=f"pulled {text} in {took:.1f} s ({megabytes:.1f} MB)")


def _is_meant(here: dict[str, Any], digest: str) -> bool:
    digests = [each.partition("@")[2] for each in here.get("RepoDigests") or ()]
    return digest in (here["Id"], *digests)


def _names(repository_digest: str, reference: Reference) -> bool:
    return repository_digest.partition("@")[0] == reference.familiar


def _is_permanent(trouble: EngineError | EngineTimeout) -> bool:
    text = str(trouble).lower()
    return any(each in text for each in PERMANENT)
