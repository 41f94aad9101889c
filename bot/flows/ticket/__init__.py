"""A ticket's form, its card, its statuses and what moves them."""
