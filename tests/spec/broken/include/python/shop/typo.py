def score(frame):
    retrun frame
