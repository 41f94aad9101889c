"""The commands for the author of a pack: `content check`, `content show`, `content build`."""
