#!python
# Waits for something that never comes, in every way that the kernel has: read, poll, lock, futex, signal.
# Wall: a limit on wall-clock time for each run, kept by the supervisor
# Expect: too-long
# Output: ^before$
import select
import threading

reading, writing = os.pipe()
print("before", flush=True)
threading.Thread(target=os.read, args=(reading, 1)).start()
threading.Thread(target=select.poll().poll).start()
threading.Thread(target=threading.Lock().acquire).start()
word = ctypes.c_int(0)
threading.Thread(target=call, args=(202, ctypes.byref(word), 0, 0, None)).start()
threading.Thread(target=call, args=(34,)).start()
os.read(3, 1)
