"""EventBridge: buses, rules, their targets, and the events that go through."""
