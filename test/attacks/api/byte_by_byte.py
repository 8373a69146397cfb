#!python
# Sends a whole request, one byte at a time.
# Wall: a request is read as its bytes come
# Expect: done
# Output: ^"attacker of api/byte_by_byte.py"$
import json

body = b'{"call": "get_self"}'
for byte in len(body).to_bytes(4, "little") + body:
    os.write(3, bytes([byte]))
length = int.from_bytes(os.read(3, 4), "little")
print(json.dumps(json.loads(os.read(3, length))["value"]))
