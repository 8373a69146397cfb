#!python
# Announces a frame of -1 bytes, which would be dangerous if lengths were read as signed numbers.
# Wall: the length of a request is checked before memory is taken for it
# Expect: stopped
# Output: ^before$
print("before", flush=True)
os.write(3, (1 << 31).to_bytes(4, "little"))
api.get_self()
