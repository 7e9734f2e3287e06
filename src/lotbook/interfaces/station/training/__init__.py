"""Training on paper: a quick card for the pocket, and a practice set of codes to scan from the open book."""
