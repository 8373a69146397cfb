#!python
# Ends, but its last object has a finaliser that never returns.
# Wall: a limit on wall-clock time for each run, whatever it says
# Expect: too-long
# Output: ^before$
class Last:
    def __del__(self):
        while True:
            pass


print("before", flush=True)
last = Last()
del last
