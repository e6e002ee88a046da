"""Tests of how runs are compared and models converted."""
