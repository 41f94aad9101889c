"""What happens to tickets, each in one transaction."""
