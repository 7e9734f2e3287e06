"""A floor on which people do anything, in any order: every room's acts, and a book of its own beside."""
