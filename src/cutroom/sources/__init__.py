"""From what a user names (a path, a link, a page) to files the engine can read. Knows how to fetch, not how to cut."""
