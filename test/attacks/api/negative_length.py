#!python
# Announces a frame of -1 bytes, for whoever reads lengths as signed.
# Wall: the length of a request is judged before anything is kept for it
# Expect: stopped
# Output: ^before$
print("before", flush=True)
os.write(3, (1 << 31).to_bytes(4, "little"))
api.get_self()
