"""The command line, a door: it translates what was typed into an action, and the outcome into text and exit code."""
