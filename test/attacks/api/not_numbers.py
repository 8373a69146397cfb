#!python
# Sends NaN and Infinity, which Python writes although JSON does not have them.
# Wall: misbehaviour on the API ends the run
# Expect: stopped
# Output: ^before$
# Balance: attacker 10
print("before", flush=True)
body = b'{"call": "xfer", "target": "x", "zoobars": NaN}'
os.write(3, len(body).to_bytes(4, "little") + body)
api.get_self()
