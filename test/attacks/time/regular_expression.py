#!python
# Matches a regular expression for which billions of years would not be enough.
# Wall: a limit on wall-clock time for each run, kept by the supervisor
# Expect: too-long
# Output: ^before$
import re

print("before", flush=True)
re.match(r"(a|a)*(b|b)*(a*)*$", "a" * 60 + "!")
