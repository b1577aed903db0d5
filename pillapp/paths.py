"""Where things are: what ships with the program, and what belongs to the user."""

import os
import sys
from pathlib import Path
from typing import Final

import platformdirs

APP_NAME: Final = "Pillapp"


def program_root() -> Path:
    """Folder that holds ``models/``, ``resources/`` and ``database/``, in a checkout and in a frozen build alike."""
    bundle = getattr(sys, "_MEIPASS", None)  # set by PyInstaller
    return Path(bundle) if bundle else Path(__file__).resolve().parent.parent


def models_dir() -> Path:
    """Weights and their model cards."""
    return program_root() / "models"


def resources_dir() -> Path:
    """Fonts, icons, translations and sample photos."""
    return program_root() / "resources"


def starter_dir() -> Path:
    """The CSV files the starter catalogue is built from."""
    return program_root() / "database" / "starter"


def user_data_dir() -> Path:
    """The user's own folder (catalogue, records), made on first use; ``PILLAPP_HOME`` moves it."""
    override = os.environ.get("PILLAPP_HOME")
    folder = Path(override) if override else Path(platformdirs.user_data_dir(APP_NAME, appauthor=False))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def measuring_data_dir() -> Path:
    """Photos and official files used for training and measuring only; missing on a user's machine."""
    return Path(os.environ.get("PILLAPP_DATA", program_root().parent / "shared" / "data"))
