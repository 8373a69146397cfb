#!python
# Matches an expression that takes longer than the universe has been there.
# Wall: a wall clock for each run, kept by the supervisor
# Expect: too-long
# Output: ^before$
import re

print("before", flush=True)
re.match(r"(a|a)*(b|b)*(a*)*$", "a" * 60 + "!")
