"""Where the book has gaps: what a trace would stumble over, listed with the page that repairs it."""
