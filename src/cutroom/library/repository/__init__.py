"""Clips and uploads in the database: every statement on their tables is here."""
