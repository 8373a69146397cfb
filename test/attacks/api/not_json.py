#!python
# Sends text that is not JSON.
# Wall: misbehaviour on the API ends the run, never the role
# Expect: stopped
# Output: ^before$
# Owner sees: not JSON
print("before", flush=True)
os.write(3, b"\x05\x00\x00\x00hello")
api.get_self()
