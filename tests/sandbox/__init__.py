"""Tests of the sandbox: its rules as functions, its server over HTTP, its people with a small bot."""
