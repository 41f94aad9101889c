"""Tests of the documentation: the drawing of the dialogue, and the methodist's page."""
