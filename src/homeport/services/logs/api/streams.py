"""Log streams: create, describe, delete."""

from typing import Final

from homeport.kernel import paging
from homeport.runtime import Call, operation
from homeport.services.logs import render
from homeport.services.logs.api.groups import find, find_by
from homeport.services.logs.errors import (
    InvalidParameterException,
    ResourceAlreadyExistsException,
    ResourceNotFoundException,
)
from homeport.services.logs.plan import names
from homeport.services.logs.queries import streams
from homeport.services.logs.records import LogStream
from homeport.shapes import logs as shapes
from homeport.store import ReadTx, Tx

PAGE: Final = 50
AT_MAX: Final = 1 << 60
"""No event is so late; a token that says so was not made here."""


def find_stream(tx: ReadTx, group_id: int, name: str) -> LogStream:
    """The group's stream of this name; raises when there is none."""
    names.check_stream_name(name)
    stream = streams.find_stream(tx, group_id, name)
    if stream is None:
        raise ResourceNotFoundException("The specified log stream does not exist.")
    return stream


@operation("CreateLogStream")
def create_log_stream(
    tx: Tx, call: Call, request: shapes.CreateLogStreamRequest
) -> shapes.CreateLogStreamResponse:
    """Make an empty stream."""
    name = request["logStreamName"]
    names.check_stream_name(name)
    group = find(tx, call, request["logGroupName"])
    if streams.find_stream(tx, group.id, name) is not None:
        raise ResourceAlreadyExistsException("The specified log stream already exists")
    streams.insert_stream(tx, group.id, name, now_ms=int(call.now * 1000))
    return {}


@operation("DeleteLogStream")
def delete_log_stream(
    tx: Tx, call: Call, request: shapes.DeleteLogStreamRequest
) -> shapes.DeleteLogStreamResponse:
    """Remove a stream; its events are removed in the background."""
    group = find(tx, call, request["logGroupName"])
    stream = find_stream(tx, group.id, request["logStreamName"])
    streams.delete_stream(tx, stream.id)
    tx.changed("log-discard", str(stream.id))
    return {}


@operation("DescribeLogStreams")
def describe_log_streams(
    tx: ReadTx, call: Call, request: shapes.DescribeLogStreamsRequest
) -> shapes.DescribeLogStreamsResponse:
    """A page of a group's streams, by name or by their last event."""
    order = request.get("orderBy", "LogStreamName")
    if order not in ("LogStreamName", "LastEventTime"):
        raise InvalidParameterException(
            f"1 validation error detected: Value '{order}' at 'orderBy' failed to satisfy "
            "constraint: Member must satisfy enum value set: [LogStreamName, LastEventTime]"
        )
    if order == "LastEventTime" and "logStreamNamePrefix" in request:
        raise InvalidParameterException("Cannot order by LastEventTime with a logStreamNamePrefix.")
    names.check_stream_name(request.get("logStreamNamePrefix", "-"), "logStreamNamePrefix")
    group = find_by(tx, call, request.get("logGroupName"), request.get("logGroupIdentifier"))
    limit = request.get("limit", PAGE)
    found = _page(tx, group.id, request, limit + 1)
    shown, token = paging.page(found, _key, limit)
    response: shapes.DescribeLogStreamsResponse = {
        "logStreams": [render.log_stream(group, stream) for stream in shown]
    }
    if token is not None:
        response["nextToken"] = token
    return response


def _page(
    tx: ReadTx, group_id: int, request: shapes.DescribeLogStreamsRequest, count: int
) -> tuple[LogStream, ...]:
    descending = request.get("descending", False)
    after = _after(request.get("nextToken"))
    if request.get("orderBy") == "LastEventTime":
        return streams.streams_by_time(
            tx, group_id, after=after, descending=descending, count=count
        )
    return streams.streams_by_name(
        tx,
        group_id,
        after=None if after is None else after[1],
        prefix=request.get("logStreamNamePrefix", ""),
        descending=descending,
        count=count,
    )


def _key(stream: LogStream) -> str:
    """Enough to continue in either order."""
    return f"{stream.last_event_ms}:{stream.name}"


def _after(token: str | None) -> tuple[int, str] | None:
    if token is None:
        return None
    try:
        at_ms, _, name = paging.key_of(token).partition(":")
        names.check_stream_name(name)
        return max(0, min(int(at_ms), AT_MAX)), name
    except (ValueError, InvalidParameterException) as error:
        raise InvalidParameterException("The specified nextToken is invalid.") from error
