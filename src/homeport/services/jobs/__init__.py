"""The ledger: firings, the targets that they invoke, and the runs that come of them."""
