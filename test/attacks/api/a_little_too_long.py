#!python
# Sends a request of one byte more than fits.
# Wall: the length of a request is checked before memory is taken for it
# Expect: stopped
# Output: ^the longest: answered$
request = b'{"call": "get_self"}'.ljust(65536)
os.write(3, len(request).to_bytes(4, "little"))
for at in range(0, len(request), 4096):
    os.write(3, request[at : at + 4096])
print("the longest:", "answered" if os.read(3, 4096)[4:].startswith(b'{"value":') else "BREACH", flush=True)
os.write(3, (65537).to_bytes(4, "little"))
api.get_self()
