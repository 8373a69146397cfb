#!python
# Asks for large answers and reads them a byte at a time, as if somebody would wait.
# Wall: profile's loop waits for nobody, and the run's clock goes on
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
