"""Where data comes from: a folder for each kind of source; `base` is what they share."""
