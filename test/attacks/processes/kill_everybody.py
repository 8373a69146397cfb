#!python
# Sends every signal to all processes, to its process group, and to every possible process id.
# Wall: a pid namespace of its own, with no other process in it, and a user id of its own
# Expect: done
# Output: ^still here, and nobody else$
import signal

for number in range(1, 65):
    signal.signal(number, signal.SIG_IGN) if number not in (9, 19, 32, 33) else None
for number in (signal.SIGKILL, signal.SIGSTOP, signal.SIGTERM, signal.SIGHUP, signal.SIGCONT, signal.SIGUSR1):
    attempt(f"everybody {number}", os.kill, -1, number)
    call(62, 0, number)
for pid in range(2, 70_000):
    if call(62, pid, 9) >= 0 or call(62, -pid, 9) >= 0:
        print(f"BREACH: killed {pid}")
print("still here, and nobody else")
