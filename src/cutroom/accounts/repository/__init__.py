"""The SQL of accounts, keys, links, request windows and kept replies. Nothing outside this package sees a table."""
