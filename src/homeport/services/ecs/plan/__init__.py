"""What ECS decides.  Pure: no store, no clock, no source of ids."""
