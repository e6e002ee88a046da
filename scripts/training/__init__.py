"""Trains the models and writes their files."""
