"""The coders of board images."""
