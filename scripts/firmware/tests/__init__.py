"""Tests that talk to emulated boards."""
