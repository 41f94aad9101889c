"""The screens and texts of a ticket: its form, its card and topic name, the ready answers, the lists of the desk."""
