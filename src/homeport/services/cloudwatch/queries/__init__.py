"""Statements; records in and out."""
