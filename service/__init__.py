"""What we do with texts: nouns, web door, jobs, settings."""
