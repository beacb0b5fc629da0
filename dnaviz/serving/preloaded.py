"""Importing this preloads; the multiprocessing fork server does so before it forks."""

from dnaviz.serving.preload import preload

preload()
