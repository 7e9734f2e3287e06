"""One folder per outside system that sends us data or takes it from us."""
