"""Amazon SQS: queues, and messages that are kept until somebody deletes them."""
