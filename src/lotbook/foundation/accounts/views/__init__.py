"""Pages of this room: the login, people, roles, keys, badges and handhelds."""
