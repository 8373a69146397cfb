#!python
# Ignores every signal that can be ignored, and blocks the others.
# Wall: the supervisor ends a run with SIGKILL from outside its pid namespace
# Expect: too-long
# Output: ^before$
import signal

for number in range(1, 65):
    if number not in (signal.SIGKILL, signal.SIGSTOP, 32, 33):
        signal.signal(number, signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
print("before", flush=True)
while True:
    signal.sigtimedwait([signal.SIGALRM, signal.SIGTERM, signal.SIGXCPU], 1000)
