"""A programme: one feedback effort, read from a folder of plain files."""

from service.programme.folder import BrokenProgramme, load
from service.programme.schema import Area, Category, Messages, Official, Place, Programme

__all__ = ["Area", "BrokenProgramme", "Category", "Messages", "Official", "Place", "Programme", "load"]
