"""The SQL of billing. Nothing here commits."""
