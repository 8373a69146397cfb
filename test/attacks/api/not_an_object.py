#!python
# Sends JSON that is not a call: a list, a number, a text.
# Wall: misbehaviour on the API ends the run, never the role
# Expect: stopped
# Output: ^before$
# Owner sees: not an object
print("before", flush=True)
body = b'["call", "get_self"]'
os.write(3, len(body).to_bytes(4, "little") + body)
api.get_self()
