"""What is decided of schedules, as pure functions: nothing here reads or writes the state."""
