"""Decisions of EC2.  Pure: no store, no clock, no I/O."""
