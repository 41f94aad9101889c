"""Reads pictures of screens: they are decoded, prepared and read by Tesseract."""
