#!python
# Makes denied calls from all its threads at once, each a different one, so that one of them is perhaps not noticed.
# Wall: each call waits for its answer from the listener; a run is ended at its sixteenth denial
# Expect: stopped
# Denied: ptrace? mount? bpf? keyctl? setsid? unshare?
import threading

start = threading.Barrier(6)


def go_on(number):
    start.wait()
    while True:
        call(number, 0, 0, 0, 0, 0)


for number in (101, 165, 321, 250, 112, 272):
    threading.Thread(target=go_on, args=(number,)).start()
