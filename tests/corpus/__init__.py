"""Messages that are hard on what reads them."""
