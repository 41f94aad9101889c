"""The flows of a ticket stand here: its form, its card, its statuses and what moves them."""
