"""Handlers: check a request, record what it asks for, answer."""
