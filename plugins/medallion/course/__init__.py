"""A course for people who write no programs: lessons as data, and what judges their exercises.

A lesson is a folder of `course/` with `lesson.yaml`, and for each exercise the files that it starts
with and those of a solution. The learner works on copies. An exercise has goals; a kind of goal is
a file of `goals/`, and each really runs what the learner wrote: SQL in the practice database, a
spec in a scratch, git in its repository.
"""
