"""Log events: put, get, filter."""

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Final

from homeport.kernel import paging
from homeport.runtime import Call, operation
from homeport.services.logs import render
from homeport.services.logs.api.groups import find, find_by
from homeport.services.logs.api.streams import find_stream
from homeport.services.logs.errors import InvalidParameterException, ResourceNotFoundException
from homeport.services.logs.plan import names
from homeport.services.logs.plan.batches import (
    BATCH_BYTES_MAX,
    EVENT_OVERHEAD_BYTES,
    judge,
)
from homeport.services.logs.plan.pattern import BadPattern, compile_pattern
from homeport.services.logs.plan.positions import (
    PageToken,
    parse_position,
    parse_token,
    tokens_around,
)
from homeport.services.logs.plan.retention import DAY_S, expires_before_ms
from homeport.services.logs.queries import events, streams
from homeport.services.logs.records import EventScope, LogEvent, LogGroup, NewEvent, Position
from homeport.shapes import logs as shapes
from homeport.store import ReadTx, Tx

PAGE_EVENTS_MAX: Final = 10_000
BATCH_MIN: Final = 100
BATCH_MAX: Final = 1_000
SCANNED_MAX: Final = 20_000
SCANNED_BYTES_MAX: Final = 16 * BATCH_BYTES_MAX
"""A filter that finds little answers with what it has and a token after so much."""
TIME_MAX: Final = 4_000_000_000_000
"""Later times, in milliseconds, mean the same: no event is there."""


def _expires_before(call: Call, group: LogGroup) -> int | None:
    if group.retention_days is None:
        return None
    return expires_before_ms(call.now, call.clock.span(group.retention_days * DAY_S))


@operation("PutLogEvents", partial="entities are ignored")
def put_log_events(
    tx: Tx, call: Call, request: shapes.PutLogEventsRequest
) -> shapes.PutLogEventsResponse:
    """Add events to a stream; those too old or too new are refused one by one."""
    group = find(tx, call, request["logGroupName"])
    stream = find_stream(tx, group.id, request["logStreamName"])
    batch = [
        NewEvent(at_ms=each["timestamp"], message=each["message"].encode(errors="replace"))
        for each in request["logEvents"]
    ]
    now_ms = int(call.now * 1000)
    verdict = judge(batch, now_ms=now_ms, expires_before_ms=_expires_before(call, group))
    taken = batch[verdict.start : verdict.end]
    last = 0
    if taken:
        last = events.insert_events(tx, group.id, stream.id, taken, now_ms=now_ms)
        streams.note_put(
            tx,
            stream.id,
            first_ms=taken[0].at_ms,
            last_ms=taken[-1].at_ms,
            size=sum(len(each.message) for each in taken),
            now_ms=now_ms,
        )
    response: shapes.PutLogEventsResponse = {
        "nextSequenceToken": render.sequence_token(stream.id, last)
    }
    rejected = render.rejections(verdict)
    if rejected:
        response["rejectedLogEventsInfo"] = rejected
    return response


@operation("GetLogEvents")
def get_log_events(
    tx: ReadTx, call: Call, request: shapes.GetLogEventsRequest
) -> shapes.GetLogEventsResponse:
    """A page of one stream, in order of time, with the tokens to both sides of it."""
    group = find_by(tx, call, request.get("logGroupName"), request.get("logGroupIdentifier"))
    stream = find_stream(tx, group.id, request["logStreamName"])
    start_ms = _start(call, group, request.get("startTime"))
    scope = EventScope(
        group_id=group.id,
        stream_ids=(stream.id,),
        start_ms=start_ms,
        end_ms=min(request["endTime"], TIME_MAX) if "endTime" in request else None,
    )
    token = _page_token(request.get("nextToken"))
    forward = request.get("startFromHead", False) if token is None else token.forward
    limit = request.get("limit", PAGE_EVENTS_MAX)
    position = None if token is None else token.position
    page: list[LogEvent] = []
    budget = Budget()
    for event in islice(_read(tx, scope, position, forward=forward), limit):
        if not budget.takes(event):
            break
        page.append(event)
    if not forward:
        page.reverse()
    first, last = (page[0].position, page[-1].position) if page else (None, None)
    ahead, back = tokens_around(first, last, token, start_ms)
    return {
        "events": [render.output_event(event) for event in page],
        "nextForwardToken": str(ahead),
        "nextBackwardToken": str(back),
    }


def _start(call: Call, group: LogGroup, asked_ms: int | None) -> int:
    """Nothing is shown that has expired, even before the sweep removes it."""
    return max(min(asked_ms or 0, TIME_MAX), _expires_before(call, group) or 0)


def _page_token(text: str | None) -> PageToken | None:
    if text is None:
        return None
    token = parse_token(text)
    if token is None:
        raise InvalidParameterException("The specified nextToken is invalid.")
    return token


class Budget:
    """The bytes that one response may hold."""

    def __init__(self) -> None:
        self._left = BATCH_BYTES_MAX
        self._empty = True

    def takes(self, event: LogEvent) -> bool:
        """Whether there is room for one more event; the first always fits."""
        self._left -= event.size + EVENT_OVERHEAD_BYTES
        fits = self._empty or self._left >= 0
        self._empty = False
        return fits


def _read(
    tx: ReadTx, scope: EventScope, position: Position | None, *, forward: bool
) -> Iterator[LogEvent]:
    """The events on one side of a position, fetched in batches that grow while they are small."""
    fetch = events.events_after if forward else events.events_before
    count = BATCH_MIN
    while True:
        batch = fetch(tx, scope, position, count)
        yield from batch
        if len(batch) < count:
            return
        position = batch[-1].position
        if sum(event.size for event in batch) < BATCH_BYTES_MAX:
            count = min(2 * count, BATCH_MAX)


@operation("FilterLogEvents")
def filter_log_events(
    tx: ReadTx, call: Call, request: shapes.FilterLogEventsRequest
) -> shapes.FilterLogEventsResponse:
    """A page of the events of a group that fit, streams interleaved, in order of time."""
    group = find_by(tx, call, request.get("logGroupName"), request.get("logGroupIdentifier"))
    try:
        fits = compile_pattern(request.get("filterPattern", ""))
    except BadPattern as error:
        raise InvalidParameterException(str(error)) from error
    found, rest = _search(
        tx,
        _filter_scope(tx, call, group, request),
        fits,
        after=_position(request.get("nextToken")),
        limit=request.get("limit", PAGE_EVENTS_MAX),
    )
    response: shapes.FilterLogEventsResponse = {
        "events": [render.filtered_event(event) for event in found],
        "searchedLogStreams": [],  # AWS answers an empty list since 2020.
    }
    if rest is not None:
        response["nextToken"] = paging.token_after(f"{rest.at_ms}:{rest.row}")
    return response


def _filter_scope(
    tx: ReadTx, call: Call, group: LogGroup, request: shapes.FilterLogEventsRequest
) -> EventScope:
    wanted, prefix = request.get("logStreamNames"), request.get("logStreamNamePrefix")
    if wanted is not None and prefix is not None:
        raise InvalidParameterException(
            "logStreamNamePrefix and logStreamNames are mutually exclusive parameters."
        )
    stream_ids = None
    if wanted is not None:
        for name in wanted:
            names.check_stream_name(name, "logStreamNames")
        stream_ids = tuple(each.id for each in streams.streams_named(tx, group.id, wanted))
        if len(stream_ids) < len(set(wanted)):
            raise ResourceNotFoundException("The specified log stream does not exist.")
    if prefix is not None:
        names.check_stream_name(prefix, "logStreamNamePrefix")
    return EventScope(
        group_id=group.id,
        stream_ids=stream_ids,
        stream_prefix=prefix,
        start_ms=_start(call, group, request.get("startTime")),
        end_ms=min(request["endTime"], TIME_MAX) + 1 if "endTime" in request else None,
    )


def _position(token: str | None) -> Position | None:
    if token is None:
        return None
    try:
        position = parse_position(paging.key_of(token))
    except paging.BadToken:
        position = None
    if position is None:
        raise InvalidParameterException("The specified nextToken is invalid.")
    return position


def _search(
    tx: ReadTx,
    scope: EventScope,
    fits: Callable[[str], bool] | None,
    *,
    after: Position | None,
    limit: int,
) -> tuple[list[LogEvent], Position | None]:
    """Events that fit, and where to continue when there may be more."""
    found: list[LogEvent] = []
    budget = Budget()
    size = 0
    for scanned, event in enumerate(_read(tx, scope, after, forward=True)):
        if scanned == SCANNED_MAX or size > SCANNED_BYTES_MAX:
            return found, after
        if fits is None or fits(event.message):
            if len(found) == limit or not budget.takes(event):
                return found, after
            found.append(event)
        after = event.position
        size += event.size
    return found, None
