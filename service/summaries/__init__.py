"""Figures about reports that are safe to show: counting, suppressing, comparing. One concept a file."""
