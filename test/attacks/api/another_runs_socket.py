#!python
# Two programs run at once, each with a socket of its own. One writes calls to every descriptor number and reads from
# all of them, to make calls in the other's name or to take its answers.
# Wall: each run has one socket, which no other run has, and no way to open or receive another
# Owner: victim
# Meanwhile
# Expect: done
# Output: ^every answer was its own$
import time

until, answers = time.monotonic() + 1, set()
while time.monotonic() < until:
    answers |= {api.get_self() for _ in range(15)}
    time.sleep(0.2)
own = answers == {"victim of api/another_runs_socket.py"}
print("every answer was its own" if own else f"BREACH: {answers}")
#!python
# Visitor: somebody
# Expect: done
# Output: ^answers: .'attacker of api/another_runs_socket.py'.$
import json

answers = set()
body = b'{"call": "get_self"}'
for fd in range(1024):
    if fd in (1, 2):
        continue
    os.set_blocking(fd, False) if fd == 0 else None
    try:
        os.write(fd, len(body).to_bytes(4, "little") + body)
        length = int.from_bytes(os.read(fd, 4), "little")
        answers.add(json.loads(os.read(fd, length))["value"])
    except OSError:
        pass
print("answers:", answers)
