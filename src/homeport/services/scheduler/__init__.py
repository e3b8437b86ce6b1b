"""EventBridge Scheduler: schedules, their groups, and when they are due."""
