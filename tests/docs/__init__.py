"""Tests of what makes the documentation."""
