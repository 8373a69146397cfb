#!python
# Computes in all the threads that it may have, without the interpreter's lock, on every processor.
# Wall: the lowest priority; limits on wall-clock time and processor time
# Expect: too-long
# Output: ^before$
import hashlib
import threading

print("before", flush=True)
for _ in range(7):
    threading.Thread(target=hashlib.pbkdf2_hmac, args=("sha512", b"x" * 64, b"salt", 1 << 30)).start()
hashlib.pbkdf2_hmac("sha512", b"x", b"salt", 1 << 30)
