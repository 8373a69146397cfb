#!python
# Two programs run at once. One sends every signal to the process group from which both came, and to every thread.
# Wall: no two runs share an id, a pid namespace, or a process group
# Owner: victim
# Meanwhile
# Expect: done
# Output: ^alive, after [0-9]+ signals$
import signal
import time

heard = []
for name in ("HUP", "INT", "USR1", "USR2", "CONT", "TERM", "URG"):
    signal.signal(getattr(signal, "SIG" + name), lambda number, frame: heard.append(number))
until = time.monotonic() + 1
while time.monotonic() < until:
    time.sleep(0.01)
print("alive, after", len(heard), "signals")
if heard:
    print("BREACH: heard", heard)
#!python
# Visitor: somebody
# Expect: done
# Output: ^sent all$
import signal

for number in range(1, 65):
    signal.signal(number, signal.SIG_IGN) if number not in (9, 19, 32, 33) else None
for number in [*range(1, 32), *range(34, 65)]:
    for pid in (0, -1, *range(2, 60)):
        call(62, pid, number)
    for thread in range(2, 60):
        call(200, thread, number)
        call(234, thread, thread, number)
print("sent all")
