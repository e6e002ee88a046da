"""Tests of what is tuned."""
