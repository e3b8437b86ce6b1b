"""How services meet: one file for each provider, Protocols and frozen records that take a Tx."""
