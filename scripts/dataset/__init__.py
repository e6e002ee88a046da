"""Synthetic pictures of a board camera: what makes the training data."""
