"""What a text says. Pure functions over text; no database, no web, no settings."""
