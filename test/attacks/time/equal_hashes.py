#!python
# Fills a dictionary with keys that have the same hash, so that each is compared with all earlier ones.
# Wall: a limit on wall-clock time for each run, kept by the supervisor
# Expect: too-long
# Output: ^before$
print("before", flush=True)
modulus = sys.hash_info.modulus
table = {1 + n * modulus: n for n in range(1, 200_000)}
