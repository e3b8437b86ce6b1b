"""The operations of IAM, one file per resource: check, record, answer."""
