"""What load balancing decides.  Pure: no store, no clock, no source of ids."""
