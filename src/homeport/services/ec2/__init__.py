"""EC2's networks: a default VPC in every region, and the addresses that tasks hold in it."""
