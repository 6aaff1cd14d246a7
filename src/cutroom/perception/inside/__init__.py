"""What runs in the child: the one decode of the pictures and the one of the sound, and the senses they feed."""
