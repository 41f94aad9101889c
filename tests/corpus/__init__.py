"""Labelled messages of our own, written for this project, and what makes them."""
