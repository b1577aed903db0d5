"""Errors a user can do something about.

Anything else that is raised is a bug and keeps its traceback. The message of a :class:`PillappError` is shown as it
stands (screen, JSON, terminal): it says what happened, what was kept, and what to do next.
"""


class PillappError(Exception):
    """Base of every error whose message is meant for the person at the counter."""


class PhotoError(PillappError):
    """A photo could not be turned into a frame."""


class CaptureError(PillappError):
    """A camera, video file or network stream could not be opened or stopped giving pictures."""


class ModelError(PillappError):
    """A weights file is missing, damaged or not one of ours, or the asked-for device is not there."""


class CatalogError(PillappError):
    """The medicine database is missing, damaged, newer than the program, or refused an operation."""


class ImportFileError(CatalogError):
    """An official data file could not be imported; the database is as it was before."""


class PictureError(PillappError):
    """A product's picture could not be drawn or written."""


class SettingsError(PillappError):
    """A setting or argument has a value that cannot be used."""


class GalleryError(PillappError):
    """The pharmacy's gallery of pictures could not be read or written; what was kept before stays."""
