"""The loops of ECS, a file for each: observe, plan, record.  They are told a key and no more."""
