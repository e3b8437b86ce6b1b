"""What the ledger and its engine decide.  Pure: no store, no clock, no source of ids."""
