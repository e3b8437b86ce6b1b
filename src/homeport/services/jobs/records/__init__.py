"""What the ledger keeps, as frozen values."""
