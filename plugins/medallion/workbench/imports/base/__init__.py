"""What importers share: the input as data, the draft while it is made, words of several tools."""
