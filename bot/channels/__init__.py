"""The messengers, a folder each: how updates come in and calls go out."""
