"""Each messenger has a folder here: it says how updates come in and how calls go out."""
