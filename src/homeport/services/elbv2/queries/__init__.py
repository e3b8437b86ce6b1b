"""The statements, one file per resource: records in and out."""
