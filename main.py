"""Starts Pillapp: the window without arguments, a command with them (``main.py --help``)."""

import multiprocessing

from pillapp.cli import main

if __name__ == "__main__":
    multiprocessing.freeze_support()  # first: a frozen program that spawns would otherwise start itself again
    main()
