"""What load balancing provides to the others, through homeport.contracts."""
