"""Labels: designs, print jobs and printers."""
