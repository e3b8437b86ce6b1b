"""The loops of SQS: what removes messages that nobody can receive any more."""
