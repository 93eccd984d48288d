"""Messages about incidents: who gets them, what they say, and the way there."""
