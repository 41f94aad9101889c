"""Handles the updates of families: the guide, texts and pictures, the form, the conversation of a ticket."""
