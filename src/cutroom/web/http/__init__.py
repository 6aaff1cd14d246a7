"""What every dialect needs of HTTP and no dialect's words: guard, bodies, errors, links, files, repeated requests."""
