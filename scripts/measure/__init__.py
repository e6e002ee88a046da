"""Measures the program: speed, accuracy, other programs beside it."""
