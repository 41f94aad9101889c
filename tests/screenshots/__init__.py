"""Pictures that families send."""
