"""Reports, charts and the table of numbers."""
