"""The lowest floor: words everybody shares.  No I/O, and no imports from the floors above."""
