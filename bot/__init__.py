"""This bot gets school families into the electronic diary."""
