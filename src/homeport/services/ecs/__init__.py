"""ECS: what should run, where, and what is known of it.  Containers themselves are the node's."""
