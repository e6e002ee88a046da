"""Models that others trained, as model folders."""
