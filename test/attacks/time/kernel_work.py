#!python
# Keeps the kernel busy with much work for one call: filling, copying, clearing, looking up.
# Wall: the supervisor ends a run with SIGKILL, which stops such work
# Expect: too-long
# Output: ^before$
import threading

print("before", flush=True)
area = call(9, 0, 64 << 20, 3, 0x22, -1, 0)


def fill():
    while True:
        call(318, area, 64 << 20, 0)


def give_back():
    while True:
        call(28, area, 64 << 20, 23)
        call(28, area, 64 << 20, 4)


def look_up():
    while True:
        call(4, b"/" + b"./" * 2000 + b"usr", ctypes.create_string_buffer(256))


for work in (fill, give_back, look_up, fill, look_up):
    threading.Thread(target=work).start()
fill()
