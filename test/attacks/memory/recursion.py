#!python
# Calls itself without end.
# Wall: Python's own limit; a process for each run
# Expect: failed
# Output: ^before$
# Owner sees: RecursionError
def again():
    again()


print("before")
again()
