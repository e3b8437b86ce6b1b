"""Envoy: translated to, supervised, observed."""
