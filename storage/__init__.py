"""What is kept: the tables, the database and one module for each thing stored. Knows nothing of the bot."""
