"""The queries of the jobs room; the only place in it that knows the tables."""
