#!python
# Asks for large answers and reads them one byte at a time, so that somebody waits for it.
# Wall: profile's event loop never waits for a run, and the run's time goes on
# Expect: too-long
# Output: ^before$
import time

print("before", flush=True)
body = b'{"call": "get_user_info", "username": "' + api.get_self().encode() + b'"}'
for _ in range(5):
    os.write(3, len(body).to_bytes(4, "little") + body)
while True:
    os.read(3, 1)
    time.sleep(0.01)
