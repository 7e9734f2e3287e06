"""People and programs that use the book, their roles and keys."""
