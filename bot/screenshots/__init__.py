"""Pictures of screens: decoded, prepared and read by Tesseract."""
