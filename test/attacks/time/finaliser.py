#!python
# Ends, and its last object is collected for ever.
# Wall: a wall clock for each run, whatever it says
# Expect: too-long
# Output: ^before$
class Last:
    def __del__(self):
        while True:
            pass


print("before", flush=True)
last = Last()
del last
