"""All statements of this service, records in and out."""
