"""One request from recognition to answer: route, authenticate, parse, dispatch, serialise.

No sockets here (`server`) and no rules of any service (`services`).
"""

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import structlog
from msgspec.structs import replace

from homeport.contracts.identity import AccessKey
from homeport.contracts.peers import Peers
from homeport.gateway import sigv4
from homeport.gateway.codec import Compiled, Failure, Protocol, protocol_of
from homeport.gateway.errors import (
    BY_PROTOCOL,
    Row,
    failure_of_error,
    failure_of_refusal,
    refusal_rows,
)
from homeport.gateway.http import Reply, Request, decoded
from homeport.gateway.keyring import KeyRing
from homeport.gateway.model import REGIONS, ServiceModel, load, model_of
from homeport.gateway.refusals import Kind, Refused
from homeport.gateway.route import Catalog, Entry, Match, Unrouted, rest_path, route
from homeport.gateway.waiting import Gone, Waiting, never
from homeport.kernel.clock import Clock
from homeport.kernel.errors import AwsError
from homeport.kernel.ids import Ids
from homeport.runtime import Call, NotYet, Operation, Service
from homeport.store import Store

KNOWN_REGIONS: Final = frozenset(REGIONS)
_INTERNAL: Final = "Homeport failed to answer this request; its log says why."


@dataclass(frozen=True, slots=True)
class Bound:
    """An operation with a handler, compiled."""

    operation: Operation
    compiled: Mapping[str, Compiled]
    """For each protocol that the service speaks."""
    unsigned_body: bool


class Endpoint:
    """A service as the gateway serves it: its model compiled, its handlers bound to it."""

    def __init__(self, service: Service, model: ServiceModel) -> None:
        self.service = service
        self.model = model
        self.protocols: dict[str, Protocol] = {
            name: protocol_of(model, name) for name in model.protocols
        }
        self.rows = {name: refusal_rows(model, name) for name in model.protocols}
        self.operations = {name: self._bind(each) for name, each in service.operations.items()}

    def _bind(self, operation: Operation) -> Bound:
        modelled = self.model.operations.get(operation.name)
        if modelled is None:
            where = "tools/generate_shapes.py"
            raise TypeError(f"{self.service.name}:{operation.name} is not generated; see {where}")
        compiled = {name: each.compile(modelled) for name, each in self.protocols.items()}
        return Bound(operation, compiled, modelled.unsigned_body)

    def bound(self, name: str, protocol: str) -> Bound:
        """The operation `name`; raises `Refused` when there is none, or none yet."""
        found = self.operations.get(name)
        if found is not None:
            return found
        service = self.service.name
        if name in self.model.names:
            sentence = f"Homeport does not serve {service}:{name} yet."
            raise Refused(Kind.NOT_BUILT, self.service.unsupported.get(name, sentence))
        shown = name[:200]
        if protocol in {"query", "ec2"}:
            version = self.model.api_version
            message = f"Could not find operation {shown} for version {version}"
        else:
            message = f"{service} has no operation {shown!r}."
        raise Refused(Kind.UNKNOWN_OPERATION, message)

    def refused(self, refused: Refused, request_id: str, protocol: str | None = None) -> Reply:
        """The answer to a request that is turned away."""
        name = protocol if protocol in self.protocols else self.model.protocol
        compatible = self._is_query_compatible(name)
        failure = failure_of_refusal(
            self.rows[name], refused, request_id, query_compatible=compatible
        )
        return self.protocols[name].failure(failure)

    def failed(self, error: AwsError, request_id: str, protocol: str) -> Reply:
        """The answer to a request that a handler refused."""
        compatible = self._is_query_compatible(protocol)
        failure = failure_of_error(self.model, error, request_id, query_compatible=compatible)
        return self.protocols[protocol].failure(failure)

    def _is_query_compatible(self, protocol: str) -> bool:
        return self.model.query_compatible and protocol != "query"


class Chain:
    """Answers AWS requests, whatever carried them here."""

    def __init__(
        self,
        endpoints: Sequence[Endpoint],
        *,
        store: Store,
        peers: Peers,
        clock: Clock,
        ids: Ids,
        body_bytes_max: int,
    ) -> None:
        self._body_bytes_max = body_bytes_max
        self._endpoints = {each.service.name: each for each in endpoints}
        self._catalog = Catalog(_entry(each.model) for each in endpoints)
        self._store = store
        self._peers = peers
        self._clock = clock
        self._ids = ids
        self._keys = KeyRing(store, peers.identities)
        self._signing_keys = sigv4.SigningKeys()
        self._waiting = Waiting(store.feed, clock)
        self._log = structlog.get_logger()

    def forget_keys(self) -> None:
        """Look keys up again: the state was reset."""
        self._keys.forget()

    def close(self) -> None:
        """Let nobody wait any longer: the server is about to stop."""
        self._waiting.close()

    async def answer(self, request: Request, request_id: str, gone: Gone = never) -> Reply:
        """The answer to the request; every failure is one that AWS clients understand.

        `gone` returns when the client is: then nothing is done for it any more that has to wait.
        """
        try:
            readable = decoded(request, self._body_bytes_max) if request.is_form else request
            match = route(self._catalog, readable, sigv4.scope_service(request))
        except Unrouted as unrouted:
            return self._unrouted(unrouted, request_id)
        except Refused as refused:
            return _bare_failure("query", refused, request_id)
        endpoint = self._endpoints[match.service]
        try:
            bound = endpoint.bound(match.operation, match.protocol)
            claim, key = await self._authenticate(request, bound.unsigned_body, endpoint.model)
            request = decoded(request, self._body_bytes_max)
            compiled = bound.compiled[match.protocol]
            members = compiled.read(request, match.labels)
            call = self._call(claim, key, request_id, request.endpoint)
            response = await self._dispatch(bound.operation, call, members)
            if isinstance(response, NotYet):
                again = partial(self._ask_again, bound.operation, call, members)
                response = await self._waiting.settle(response, again, gone)
            return compiled.write(response, request_id)
        except Refused as refused:
            return endpoint.refused(refused, request_id, match.protocol)
        except AwsError as error:
            return endpoint.failed(error, request_id, match.protocol)
        except Exception:
            return self._broken(endpoint, match, request_id)

    def refuse(self, request: Request, refused: Refused, request_id: str) -> Reply:
        """The answer to a request that was not read to its end."""
        target = request.headers.get("x-amz-target", "").rpartition(".")[0]
        entry = self._catalog.by_target.get(target)
        known = self._catalog.by_signing_name.get(sigv4.scope_service(request) or "", ())
        for each in (entry, *known):
            if each is not None:
                return self._endpoints[each.service].refused(refused, request_id)
        return _bare_failure("json", refused, request_id)

    async def signer(self, request: Request) -> AccessKey:
        """Whose signature the request carries, for whichever service; raises `Refused`."""
        _, key = await self._authenticate(request, unsigned_body=False, model=None)
        return key

    async def _authenticate(
        self, request: Request, unsigned_body: bool, model: ServiceModel | None
    ) -> tuple[sigv4.Claim, AccessKey]:
        claim = sigv4.read_claim(request)
        if claim.region not in KNOWN_REGIONS:
            message = f"Credential should be scoped to a valid region, not '{claim.region[:60]}'."
            raise Refused(Kind.SIGNATURE_MISMATCH, message)
        if model is not None and claim.service != model.signing_name:
            message = f"Credential should be scoped to correct service: '{model.signing_name}'."
            raise Refused(Kind.SIGNATURE_MISMATCH, message)
        now = self._clock.now()
        key = await self._keys.find(claim.access_key_id, now)
        if key is None or not _same(key.session_token, claim.token):
            raise Refused(Kind.UNKNOWN_KEY, "")
        sigv4.verify(
            claim,
            request,
            key.secret_access_key,
            now=now,
            keys=self._signing_keys,
            unsigned_body=unsigned_body,
        )
        if key.expires_at is not None and key.expires_at <= now:
            raise Refused(Kind.EXPIRED_TOKEN, "")
        return claim, key

    def _call(self, claim: sigv4.Claim, key: AccessKey, request_id: str, endpoint: str) -> Call:
        return Call(
            account=key.account,
            region=claim.region,
            principal=key.principal,
            access_key=key.access_key_id,
            now=self._clock.now(),
            ids=self._ids,
            clock=self._clock,
            peers=self._peers,
            request_id=request_id,
            endpoint=endpoint,
        )

    async def _ask_again(self, operation: Operation, call: Call, members: Any) -> Any:
        later = replace(call, now=self._clock.now(), first_asked_at=call.now)
        return await self._dispatch(operation, later, members)

    async def _dispatch(self, operation: Operation, call: Call, members: Any) -> Any:
        handler = operation.handler
        if operation.writes:
            return await self._store.awrite(lambda tx: handler(tx, call, members))
        return await self._store.aread(lambda tx: handler(tx, call, members))

    def _unrouted(self, unrouted: Unrouted, request_id: str) -> Reply:
        endpoint = self._endpoints.get(unrouted.service or "")
        if endpoint is not None:
            return endpoint.refused(unrouted.refused, request_id, unrouted.protocol)
        return _bare_failure(unrouted.protocol, unrouted.refused, request_id)

    def _broken(self, endpoint: Endpoint, match: Match, request_id: str) -> Reply:
        self._log.exception(
            "request failed",
            service=match.service,
            operation=match.operation,
            request_id=request_id,
        )
        return endpoint.refused(Refused(Kind.INTERNAL, _INTERNAL), request_id, match.protocol)


def endpoint_of(service: Service) -> Endpoint:
    """The service with its generated model."""
    return Endpoint(service, load(service.name))


def _entry(model: ServiceModel) -> Entry:
    paths = (
        tuple(rest_path(each.name, each.method, each.path) for each in model.operations.values())
        if "rest-json" in model.protocols
        else ()
    )
    return Entry(
        service=model.name,
        protocols=model.protocols,
        target_prefix=model.target_prefix,
        signing_name=model.signing_name,
        endpoint_prefix=model.endpoint_prefix,
        api_version=model.api_version,
        names=model.names,
        paths=paths,
    )


def _same(expected: str | None, sent: str | None) -> bool:
    """A long-term key sends no token; a temporary key sends its own."""
    if expected is None or sent is None:
        return not expected and not sent
    return hmac.compare_digest(expected.encode(), sent.encode())


_BARE: Final = {
    "metadata": {"apiVersion": "", "endpointPrefix": "", "protocol": ""},
    "operations": {},
    "shapes": {},
}


def _bare_failure(protocol: str, refused: Refused, request_id: str) -> Reply:
    """A refusal where no service was recognised."""
    rows: Mapping[Kind, Row] = BY_PROTOCOL[protocol]
    failure: Failure = failure_of_refusal(rows, refused, request_id)
    document = _BARE | {"metadata": {**_BARE["metadata"], "protocol": protocol}}
    return protocol_of(model_of("", document)).failure(failure)
