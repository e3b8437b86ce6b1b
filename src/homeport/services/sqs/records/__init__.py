"""What SQS keeps, as frozen values: queues and messages."""
