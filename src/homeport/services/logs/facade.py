"""What CloudWatch Logs provides to the other services: homeport.contracts.logs."""

from homeport.contracts.logs import LogLine
from homeport.services.logs.queries import events, groups, streams
from homeport.services.logs.records import EventScope
from homeport.store import ReadTx


class StoredLogs:
    """Reads what was put."""

    def tail(
        self, tx: ReadTx, account: str, region: str, group: str, stream: str, limit: int
    ) -> tuple[LogLine, ...]:
        found = groups.find_group(tx, account, region, group)
        if found is None:
            return ()
        read = streams.find_stream(tx, found.id, stream)
        if read is None:
            return ()
        scope = EventScope(group_id=found.id, stream_ids=(read.id,))
        newest_first = events.events_before(tx, scope, None, limit)
        return tuple(
            LogLine(event.position.at_ms, event.message) for event in reversed(newest_first)
        )
