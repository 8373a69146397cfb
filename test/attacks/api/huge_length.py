#!python
# Announces a frame of 4 GiB, for which somebody might make room.
# Wall: the length of a request is judged before anything is kept for it
# Expect: stopped
# Output: ^before$
# Owner sees: misused its API
print("before", flush=True)
os.write(3, b"\xff\xff\xff\xff" + b"x" * 100)
api.get_self()
