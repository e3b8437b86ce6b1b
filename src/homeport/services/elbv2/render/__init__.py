"""Records of Elastic Load Balancing as its API and the data plane see them."""
