"""The operations, a file for each resource: check, record, answer.  Nothing is started here."""
