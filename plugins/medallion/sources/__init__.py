"""Where data comes from: a folder for each kind of source; `base` holds what they share.

A source looks no connection up, opens no lake and knows no other kind.
"""
