"""The handlers take an update in and answer it; a folder each for families and for the desk."""
