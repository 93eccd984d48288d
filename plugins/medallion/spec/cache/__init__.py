"""Results computed from files, kept on disk until one of the files changes."""
