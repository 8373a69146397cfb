#!python
# Sends JSON whose text is not UTF-8.
# Wall: misbehaviour on the API ends the run, never the role
# Expect: stopped
# Output: ^before$
print("before", flush=True)
body = b'{"call": "get_user_info", "username": "\xff\xfe\x80"}'
os.write(3, len(body).to_bytes(4, "little") + body)
api.get_self()
