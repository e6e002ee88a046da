"""How fast it is, and other programs on the same models and images."""
