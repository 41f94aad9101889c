"""Handles the updates of the support chat: messages and buttons of tickets, commands."""
