"""Holds: put on lots and on what was made from them, and released again."""
