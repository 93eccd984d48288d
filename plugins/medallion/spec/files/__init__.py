"""Files that specs name, read within limits, and what each file of specs/ offers others.

What a file says is not judged here, and no file is executed.
"""
