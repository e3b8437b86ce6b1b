"""What the service scheduler decides: pure, one file per kind of decision."""
