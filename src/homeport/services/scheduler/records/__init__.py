"""What is kept of schedules and of their groups."""
