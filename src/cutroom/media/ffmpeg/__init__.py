"""Everything that knows ffmpeg's command line: building commands, starting them, watching them, stopping them."""
