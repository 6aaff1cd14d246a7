"""The few pages that need no studio: a shared clip, a reload to approve, a link to log in, and what is not there."""
