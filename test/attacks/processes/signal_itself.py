#!python
# Sends itself every signal, stops itself, and pretends that others sent the signals.
# Wall: a run is the first process of its pid namespace, which its own signals neither end nor stop
# Expect: done
# Output: ^outlived 62 signals$
# Denied: rt_sigqueueinfo=1 rt_tgsigqueueinfo=1 signalfd4=1
import signal

sent = 0
for number in range(1, 65):
    if number in (32, 33):
        continue
    if number not in (signal.SIGKILL, signal.SIGSTOP):
        signal.signal(number, signal.SIG_DFL)
    os.kill(1, number)
    sent += 1
print("outlived", sent, "signals")
information = ctypes.create_string_buffer(128)
raw("with a lie", 129, 1, 10, information)
raw("to a thread with a lie", 297, 1, 1, 10, information)
raw("as descriptor", 289, -1, information, 8, 0)
