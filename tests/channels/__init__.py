"""Tests of the channels: updates that come in and calls that go out."""
