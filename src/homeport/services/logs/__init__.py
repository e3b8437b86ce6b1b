"""CloudWatch Logs: groups, streams and events.  Docker's awslogs driver is its usual writer."""
