"""Other people's systems beside Lotbook: the same job on both, asked in turn. Not part of ``make bench``."""
