"""Tests of how other programs are judged."""
