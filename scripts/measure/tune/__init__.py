"""What each part of the reader is worth, and the weights of print."""
