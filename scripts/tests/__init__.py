"""Tests of the scripts that belong to no folder."""
