"""Tests of what makes data."""
