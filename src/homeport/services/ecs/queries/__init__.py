"""Every statement over the tables of ECS, records in and out.  Nothing is decided here."""
