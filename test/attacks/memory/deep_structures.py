#!python
# Nests what library code reads by recursion: source, JSON, pickles, regular expressions, tuples that are freed.
# Wall: Python's own limits; a process for each run
# Expect: done
# Output: ^json: RecursionError$
import json
import pickle
import re

attempt("source", compile, "(" * 100_000, "x", "eval")
attempt("json", json.loads, "[" * 100_000)
attempt("expression", re.compile, "(" * 20_000 + ")" * 20_000)
nested = ()
for _ in range(200_000):
    nested = (nested,)
attempt("pickle", pickle.dumps, nested)
attempt("comparison", lambda: nested == (nested,))
del nested
print("freed")
