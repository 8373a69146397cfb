#!python
# Asks for as many record locks as possible, on a file of its own and on one that all runs read.
# Wall: no record lock is kept. The kernel would keep them without a bound, and look through them at each close of the file
# Expect: done
# Output: ^own: no lock is kept$
# Output: ^/usr/lib/python[0-9.]+/os.py: no lock is kept$
# Output: ^/usr/share/zoneinfo/UTC: no lock is kept$
# Output: ^a lock of the open file: EINVAL$
import fcntl
import struct

open("own", "wb").close()
for path in ("own", LIBRARY + "/os.py", "/usr/share/zoneinfo/UTC"):
    file, other = os.open(path, os.O_RDONLY), os.open(path, os.O_RDONLY)
    for start in range(10000):
        fcntl.lockf(file, fcntl.LOCK_SH | fcntl.LOCK_NB, 1, 2 * start)
    # Asks, for another opening of the file, which lock would be in the way of a write lock.
    asked = fcntl.fcntl(other, 36, struct.pack("hh4xqqi4x", fcntl.F_WRLCK, 0, 0, 0, 0))  # F_OFD_GETLK
    kept = struct.unpack("hh4xqqi4x", asked)[0] != fcntl.F_UNLCK
    print(f"{path}: {'BREACH: a lock' if kept else 'no lock'} is kept")
whole = struct.pack("hh4xqqi4x", fcntl.F_RDLCK, 0, 0, 0, 0)
attempt("a lock of the open file", fcntl.fcntl, os.open("own", os.O_RDWR), 37, whole)  # F_OFD_SETLK
