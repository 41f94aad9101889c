"""Tests of packs: a second one with other errors, paths and topics, by which the whole bot speaks."""
