"""Records to wire."""
