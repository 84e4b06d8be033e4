"""The steps a text goes through, one a file."""
