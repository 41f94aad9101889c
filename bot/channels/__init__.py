"""The messengers: how updates come in and how calls go out, a folder each."""
