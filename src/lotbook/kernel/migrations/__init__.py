"""Shape of the kernel's tables, step by step."""
