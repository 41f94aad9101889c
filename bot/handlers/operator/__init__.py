"""Handles what happens in the operator's chat."""
