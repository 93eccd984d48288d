"""One person: everything that the lake and the warehouse have of him, for him to see or to erase.

`datasets.py` says where people can be found, `search.py` finds one, `access.py` shows what there
is, `erase.py` erases it, with what was made of it in `downstream.py` and branches' tables in
`environments.py`.
"""
