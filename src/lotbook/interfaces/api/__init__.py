"""The API: mounts each room's ``api.router`` under ``/api/v1``, and gives all of them the same manners."""
