"""Decisions of CloudWatch Logs.  Pure: no store, no clock, no I/O."""
