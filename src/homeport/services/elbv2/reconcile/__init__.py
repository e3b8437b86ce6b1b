"""The loops of load balancing, a file for each: observe, plan, record."""
