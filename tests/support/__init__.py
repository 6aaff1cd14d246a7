"""Test material: generated films with known truth, hostile files, a reader for clips and a browser player."""
