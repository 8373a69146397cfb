#!python
# Fills its root with data.
# Wall: a tmpfs of limited size for each run
# Expect: done
# Output: ^ENOSPC after [0-9]+ bytes$
written = 0
try:
    for number in range(40):
        with open(f"part{number}", "wb", buffering=0) as file:
            for _ in range(16):
                written += file.write(os.urandom(65536))
    print("BREACH: as much as it likes")
except OSError as error:
    print(name_of(error), "after", written, "bytes")
if written > 1 << 20:
    print("BREACH: more than the limit")
