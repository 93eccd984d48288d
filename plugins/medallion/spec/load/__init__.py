"""From the files of specs/ to loaded specs and issues."""
