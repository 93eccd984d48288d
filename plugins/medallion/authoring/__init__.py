"""What an editor and an assistant ask of a project: its files, texts that are tried before they are
written, and how they are written. Nothing here knows a protocol.
"""
