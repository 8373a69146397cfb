#!python
# Fills a dictionary with keys of one hash, so that each is compared with all before it.
# Wall: a wall clock for each run, kept by the supervisor
# Expect: too-long
# Output: ^before$
print("before", flush=True)
modulus = sys.hash_info.modulus
table = {1 + n * modulus: n for n in range(1, 200_000)}
