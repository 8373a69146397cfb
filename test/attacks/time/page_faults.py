#!python
# Changes and touches one mapping from several threads at once, so that they wait for each other inside the kernel.
# Wall: the supervisor ends a run with SIGKILL
# Expect: too-long
# Output: ^before$
import threading

print("before", flush=True)
area = call(9, 0, 8 << 20, 3, 0x22, -1, 0)
reading, writing = os.pipe()
os.set_blocking(writing, False)


def protect():
    while True:
        call(10, area, 8 << 20, 0)
        call(10, area, 8 << 20, 3)


def touch():
    while True:
        call(1, writing, area, 4096)
        call(0, reading, area, 4096)


for work in (protect, protect, touch, touch, touch):
    threading.Thread(target=work).start()
touch()
