"""Tests of every regular expression of the project, with texts made to slow it down."""
