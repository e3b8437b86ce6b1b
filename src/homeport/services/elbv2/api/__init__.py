"""The operations, one file per resource: check, record, answer."""
