"""What a family and the desk see of a ticket: the form, the card, the topic's name, the ready answers, the lists."""
