"""The use-cases of the operator: schools are added, bound to a chat by a code, counted, and leave."""
