"""Checks of the firmware that a Python talks to."""
