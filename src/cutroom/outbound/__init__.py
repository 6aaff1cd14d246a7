"""The way out of the machine: one guarded proxy, and the HTTP client that uses it. Nothing else opens connections."""
