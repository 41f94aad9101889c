"""The handlers take an update in and answer it; families, the desk and the operator have a folder each."""
