#!python
# Writes calls as fast as it can and reads none of the answers, so that somebody has to keep them in memory.
# Wall: the next call is not read while an answer waits to be read
# Expect: done
# Output: ^it stops after [0-9]+ calls$
import time

body = b'{"call": "get_user_info", "username": "' + api.get_self().encode() + b'"}'
frame, calls, idle = len(body).to_bytes(4, "little") + body, 0, 0
os.set_blocking(3, False)
while idle < 100 and calls < 1_000_000:
    try:
        os.write(3, frame)
        calls, idle = calls + 1, 0
    except BlockingIOError:
        idle += 1
        time.sleep(0.002)
print("it stops after", calls, "calls" if calls < 20_000 else "calls: BREACH")
