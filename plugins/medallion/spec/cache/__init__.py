"""Results computed from files, kept on disk until one of the files changes.

What an entry means its caller knows; nothing here may be worth a backup.
"""
