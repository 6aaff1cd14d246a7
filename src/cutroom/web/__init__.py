"""The HTTP doors: translate, act, translate. They see actions, model and kernel; the container builds the rest."""
