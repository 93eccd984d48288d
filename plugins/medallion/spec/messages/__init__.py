"""Messages for people: validation errors as prose with a remedy.

They judge nothing: what is wrong is known before.
"""
