"""FastClip: cut by times, pin, share and pay. ``README.md`` says what is answered and where it differs."""
