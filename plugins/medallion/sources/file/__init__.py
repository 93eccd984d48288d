"""The source `file`: where files are, and how they get to this machine. `formats` reads them.

It opens no format: that is asked of `formats`.
"""
