"""What is wrong with a spec, and where: findings become issues with a line.

No rule and no reading of files.
"""
