#!python
# Computes for ever.
# Wall: a limit on wall-clock time for each run, kept by the supervisor
# Expect: too-long
# Output: ^before$
print("before", flush=True)
while True:
    pass
