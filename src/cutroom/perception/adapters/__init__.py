"""One module for each runtime of models, behind the ports of the senses."""
