"""Tests of the setting CONTENT, mostly with a second pack that has other errors, paths and topics."""
