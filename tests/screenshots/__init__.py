"""Tests of reading pictures that families send."""
