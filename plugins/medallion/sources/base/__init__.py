"""What all kinds of source share: contract, cursors, journal, limits. No kind lives here."""
