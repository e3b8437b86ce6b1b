"""The composition root: settings → store, services, loops, servers.  It decides nothing."""
