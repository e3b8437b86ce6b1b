"""The operations of Certificate Manager: check, record, answer."""
