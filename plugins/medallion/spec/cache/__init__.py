"""What was worked out of files before, kept on disk until one of them changes."""
