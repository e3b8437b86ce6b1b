"""Records of Elastic Load Balancing, one file per resource."""
