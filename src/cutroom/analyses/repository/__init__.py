"""The queries of the analyses room; the only place in it that knows the tables."""
