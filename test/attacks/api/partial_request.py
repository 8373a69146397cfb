#!python
# Announces a request, sends a part of it, and goes on computing. Nobody may wait for the rest.
# Wall: profile's event loop never waits for a run
# Expect: done
# Output: ^sent 5$
import time

sent = os.write(3, b"\x00\x10\x00\x00{")
until = time.monotonic() + 0.3
while time.monotonic() < until:
    pass
print("sent", sent)
