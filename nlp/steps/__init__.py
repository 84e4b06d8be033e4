"""The steps a text goes through, one a file. `nlp/steps/registry.py` lists them in order."""
