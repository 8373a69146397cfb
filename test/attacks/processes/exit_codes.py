#!python
# Ends at once with a status of its own, past everything that would clean up, while threads go on.
# Wall: a process for each run, and one page whatever its status says
# Expect: failed
# Output: ^before$
import threading

for _ in range(5):
    threading.Thread(target=lambda: [None for _ in iter(int, 1)], daemon=True).start()
print("before", flush=True)
os._exit(137)
