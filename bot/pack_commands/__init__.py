"""The commands for whoever keeps a pack: `content check`, `content show`, `content build`."""
