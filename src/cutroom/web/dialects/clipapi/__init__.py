"""clipapi: accounts, keys and usage. ``README.md`` says what is answered so far."""
