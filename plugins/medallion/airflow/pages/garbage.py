"""What Python looks through for garbage while somebody waits for a page."""

from __future__ import annotations

import atexit
import gc

atexit.register(gc.unfreeze)  # libraries count what is left at the end


def pass_over_what_lasts() -> None:
    """Have Python never look again through what is there now.

    Airflow and a thousand specs are millions of objects: to look through them takes most of a
    second, in which nobody is answered, and a page with thousands of tables, or a scrape, would
    bring that about every few times that it is asked for.
    """
    gc.collect()
    gc.freeze()
