"""A text of a family and what it means: errors, topics, and what people say beside them."""
