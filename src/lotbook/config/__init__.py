"""Settings, addresses, servers, the list of rooms and the command line that collects the rooms' commands."""
