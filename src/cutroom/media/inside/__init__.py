"""Code that runs only inside the media child process, the sole home of PyAV.

Hostile bytes are parsed here and nowhere else: the process is forked for one task, limited in memory, time and file
size, and gone afterwards. ``cutroom.media.child`` is the other end.
"""
