"""Records to wire shapes, a file for each resource.  Reads no store."""
