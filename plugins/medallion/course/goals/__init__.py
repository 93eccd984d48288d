"""What an exercise asks for: a kind of goal is a file, with what it says and how it judges."""
