"""Tools for those who build Answerable. No part of the product, and not in the image."""
