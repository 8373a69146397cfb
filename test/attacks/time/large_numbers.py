#!python
# Computes a number with more digits than can be computed in time.
# Wall: a limit on wall-clock time for each run, kept by the supervisor
# Expect: too-long
# Output: ^before$
print("before", flush=True)
number = 7
for _ in range(30):
    number = number ** 3 % (1 << 4_000_000) | 1 << 3_999_999
