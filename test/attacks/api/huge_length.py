#!python
# Announces a frame of 4 GiB, so that somebody takes memory for it.
# Wall: the length of a request is checked before memory is taken for it
# Expect: stopped
# Output: ^before$
# Owner sees: misused its API
print("before", flush=True)
os.write(3, b"\xff\xff\xff\xff" + b"x" * 100)
api.get_self()
