"""The loops of CloudWatch Logs: what removes events that nobody can read any more."""
