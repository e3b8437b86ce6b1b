"""What carries the traffic of load balancers.  It decides nothing about them."""
