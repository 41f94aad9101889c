"""The storage: the tables, the database and one module for each thing stored. It knows nothing of the bot."""
