"""MAX behind aiogram's types, so that handlers, use-cases and senders need not know it."""
