"""A check → what is printed: the medication summary as PDF."""
