"""What is in a video: one module for each sense, and the children in which the runtimes of models do their work.

A library: no network, no database, no settings. Nothing here imports a model's runtime where it is called: the work
is done in a process of its own (``inside``), which ends with the task.
"""
