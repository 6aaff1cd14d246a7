"""The nouns of the product: frozen dataclasses in one vocabulary, with no behaviour beyond what follows from them."""
