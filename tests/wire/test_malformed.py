"""Every served operation gets every malformed variant of its model: no 5xx, and nothing is lost."""

import asyncio
import json
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

import pytest

from homeport.contracts.peers import Peers
from homeport.gateway.model import ServiceModel, load
from homeport.store import Store
from wire.lean import Answer, LeanClient
from wire.malformed import Envelope, Variant, Words, variants
from wire.scenery import BY_OPERATION, LOOKED_AT, set_up, words_for
from wire.serving import KEY, TEMPORARY
from wire.whole import whole_gateway, wired

REQUESTS_MIN = 10_000
VARIANTS_MAX = 1_200
"""For one operation; spread over all of its variants."""
SOUND_MIN = {
    "acm": 1,
    "cloudwatch": 7,
    "codedeploy": 7,
    "ec2": 10,
    "ecs": 28,
    "elbv2": 4,
    "events": 20,
    "homeport": 1,
    "iam": 4,
    "logs": 12,
    "scheduler": 12,
    "sqs": 20,
    "sts": 2,
}
"""Operations that must succeed when nothing is malformed: else the variants stay shallow."""

SERVICES = wired()


def cases(service: str, found: Words) -> list[tuple[str, Variant]]:
    """Every variant to send to a service, with its operation."""
    model = load(service)
    chosen: list[tuple[str, Variant]] = []
    for name in sorted(SERVICES[service].operations):
        words = words_for(service, name, found)
        always = BY_OPERATION.get(name, {})
        every = list(variants(model, model.operations[name], words, always))
        chosen.extend((name, variant) for variant in spread(every))
    return chosen


def spread(every: list[Variant]) -> Iterator[Variant]:
    """At most VARIANTS_MAX of them, evenly spread."""
    return islice(every, 0, None, -(-len(every) // VARIANTS_MAX))


async def ask(
    client: LeanClient, model: ServiceModel, operation: str, members: Mapping[str, Any]
) -> bytes:
    """The body of an answer that must be a success, without its request id."""
    variant = Envelope(model, model.operations[operation]).variant("", members)
    answer = await send(client, model, variant)
    assert answer.status == 200, answer.body
    return answer.body.replace(answer.headers["x-amzn-requestid"].encode(), b"")


async def send(client: LeanClient, model: ServiceModel, variant: Variant) -> Answer:
    """The answer to a variant, signed as if nothing were wrong with it."""
    return await client.send(
        model.signing_name,
        variant.headers,
        variant.body,
        path=variant.path,
        method=variant.method,
    )


def fault_of(answer: Answer) -> str | None:
    """What is wrong with an answer; None when it is a success or a refusal as AWS words them."""
    shown = f"{answer.status} {answer.body[:200]!r}"
    if answer.status >= 500:
        return shown
    if answer.status == 200:
        return None
    if answer.body.startswith(b"{"):
        return None if json.loads(answer.body).get("__type") else shown
    return None if b"<Code>" in answer.body and b"<Message>" in answer.body else shown


@pytest.mark.parametrize("service", sorted(SERVICES))
def test_no_malformed_request_breaks_a_service_or_loses_state(
    service: str, store: Store, peers: Peers
) -> None:
    asyncio.run(bombard(service, store, peers))


async def bombard(service: str, store: Store, peers: Peers) -> None:
    invented: list[str] = []
    gateway = whole_gateway(store, peers, SERVICES, invented)
    model = load(service)
    own, foreign = LeanClient(gateway, KEY), LeanClient(gateway, TEMPORARY)

    async def say(operation: str, members: Mapping[str, Any]) -> Any:
        return json.loads(await ask(own, model, operation, members))

    async def look() -> list[bytes]:
        return [await ask(own, model, *step) for step in LOOKED_AT.get(service, ())]

    found = await set_up(service, say, store, peers)
    before = await look()
    broken: list[str] = []
    sound = 0
    for index, (operation, variant) in enumerate(cases(service, found)):
        client = foreign if index % 7 == 6 and variant.label != "sound" else own
        answer = await send(client, model, variant)
        sound += variant.label == "sound" and answer.status == 200
        fault = fault_of(answer)
        if fault:
            broken.append(f"{operation}, {variant.label}: {fault}")
    assert broken[:20] == []
    assert sorted(set(invented))[:20] == [], "answers with what the model does not have"
    assert await look() == before
    assert sound >= SOUND_MIN[service]


def test_there_are_enough_malformed_requests() -> None:
    assert sum(len(cases(service, {})) for service in SERVICES) >= REQUESTS_MIN
