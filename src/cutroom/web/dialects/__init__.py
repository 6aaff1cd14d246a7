"""One folder for each documented API. Dialects never import each other; what they share is in ``web.http``."""
