"""The sentences of ECS's service events, word for word.  Pure."""
