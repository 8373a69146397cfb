#!python
# Ends at once with an exit status that it chooses, without any clean-up, while its threads go on.
# Wall: a process for each run; the page is the same whatever the status says
# Expect: failed
# Output: ^before$
import threading

for _ in range(5):
    threading.Thread(target=lambda: [None for _ in iter(int, 1)], daemon=True).start()
print("before", flush=True)
os._exit(137)
