"""The media engine: probe, cut, render. A pure library: no web, no database, no settings, no network."""
