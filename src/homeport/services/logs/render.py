"""Records of CloudWatch Logs as its API shows them."""

from homeport.services.logs.records import LogEvent, LogGroup, LogStream, Verdict
from homeport.shapes import logs as shapes


def log_group(group: LogGroup, stored_bytes: int) -> shapes.LogGroup:
    """A group of DescribeLogGroups."""
    shown: shapes.LogGroup = {
        "logGroupName": group.name,
        "creationTime": group.created_ms,
        "metricFilterCount": 0,
        "arn": f"{group.arn}:*",
        "storedBytes": stored_bytes,
        "logGroupClass": group.body.log_group_class,
        "logGroupArn": group.arn,
        "deletionProtectionEnabled": False,
        "bearerTokenAuthenticationEnabled": False,
    }
    if group.retention_days is not None:
        shown["retentionInDays"] = group.retention_days
    return shown


def matching_log_group(group: LogGroup) -> shapes.LogGroup:
    """A group of DescribeLogGroups with a name pattern: AWS tells no more of it."""
    return {
        "logGroupName": group.name,
        "creationTime": group.created_ms,
        "arn": f"{group.arn}:*",
        "logGroupArn": group.arn,
    }


def log_stream(group: LogGroup, stream: LogStream) -> shapes.LogStream:
    """A stream of DescribeLogStreams.  AWS stopped counting the bytes of single streams."""
    shown: shapes.LogStream = {
        "logStreamName": stream.name,
        "creationTime": stream.created_ms,
        "arn": f"{group.arn}:log-stream:{stream.name}",
        "storedBytes": 0,
    }
    if stream.last_event_ms:
        shown["firstEventTimestamp"] = stream.first_event_ms
        shown["lastEventTimestamp"] = stream.last_event_ms
        shown["lastIngestionTime"] = stream.last_ingested_ms
        shown["uploadSequenceToken"] = sequence_token(stream.id, stream.last_ingested_ms)
    return shown


def output_event(event: LogEvent) -> shapes.OutputLogEvent:
    """An event of GetLogEvents."""
    return {
        "timestamp": event.position.at_ms,
        "message": event.message,
        "ingestionTime": event.ingested_ms,
    }


def filtered_event(event: LogEvent) -> shapes.FilteredLogEvent:
    """An event of FilterLogEvents."""
    return {
        "logStreamName": event.stream,
        "timestamp": event.position.at_ms,
        "message": event.message,
        "ingestionTime": event.ingested_ms,
        "eventId": event.position.event_id,
    }


def rejections(verdict: Verdict) -> shapes.RejectedLogEventsInfo:
    """Which events of a put were refused; empty when all were taken."""
    shown: shapes.RejectedLogEventsInfo = {}
    if verdict.too_new_start is not None:
        shown["tooNewLogEventStartIndex"] = verdict.too_new_start
    if verdict.too_old_end is not None:
        shown["tooOldLogEventEndIndex"] = verdict.too_old_end
    if verdict.expired_end is not None:
        shown["expiredLogEventEndIndex"] = verdict.expired_end
    return shown


def sequence_token(stream_id: int, last: int) -> str:
    """The token after a put.  AWS ignores what comes back, and so do we."""
    return f"49{stream_id:027d}{last:027d}"
