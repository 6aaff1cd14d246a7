"""Analyses: their rows, their quota, what was perceived for them, the work of their steps, and how they are told.

Nothing here knows a queue or a door: the durable work is in ``workflows.analyze``, the calls in ``actions.analyses``.
Modules are imported by their names, so that the command line, which analyses without a database, loads none.
"""
