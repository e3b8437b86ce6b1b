"""Every statement of SQS; records in and out."""
