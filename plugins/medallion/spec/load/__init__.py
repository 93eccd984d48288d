"""From the files of specs/ to loaded specs and issues.

What is allowed the models and `rules` say, not the loader.
"""
