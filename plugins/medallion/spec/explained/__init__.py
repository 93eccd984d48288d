"""What each code in a message means, with a wrong and a right example: for `explain` and
docs/rules.md.

The examples are made from the golden files of the tests, and kept here as data.
"""
