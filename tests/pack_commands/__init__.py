"""Tests of the commands that judge, show and build a pack."""
