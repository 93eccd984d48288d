"""Servers of files for the tests of this folder."""

from tests.steps.storage_servers import azurite, ftp, sftp

__all__ = ["azurite", "ftp", "sftp"]
