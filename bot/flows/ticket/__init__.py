"""A ticket's form, its card and topic name, and the desk's ready answers."""
