"""What each part of the reader is worth, the weights of print, and what mounts are found."""
