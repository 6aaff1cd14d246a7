"""clipapi: analyses of videos, accounts, keys and usage. ``README.md`` says what may surprise."""
