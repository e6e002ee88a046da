"""Tests of what novelty is worth."""
