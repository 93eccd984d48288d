async def later(frame):
    return frame


def two(frame, other):
    return frame


def score(frame, *, weight=1.0):
    return frame
