"""Records to wire shapes."""
