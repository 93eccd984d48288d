"""Where data comes from: a folder for each kind of source; `base` holds what they share."""
