"""Load balancers, target groups, listeners and rules, as Elastic Load Balancing v2 keeps them."""
