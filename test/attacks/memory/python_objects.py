#!python
# Takes all memory with objects of every size.
# Wall: a limit on a run's address space
# Expect: done
# Output: ^large: MemoryError after [0-9]+ MiB$
# Output: ^small: MemoryError$
kept, size = [], 0
try:
    while True:
        kept.append(bytearray(1 << 20))
        size += 1
except MemoryError:
    print(f"large: MemoryError after {size} MiB")
if size > 128:
    print("BREACH: more than the limit")
del kept
try:
    kept = [bytes(100) for _ in iter(int, 1)]
except MemoryError:
    print("small: MemoryError")
