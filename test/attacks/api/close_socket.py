#!python
# Closes the socket of its API, and puts something else in its place.
# Wall: a run may do with its own end of the socket what it likes: it harms nobody else
# Expect: done
# Output: ^closed: EBADF$
# Output: ^a file in its place: error$
import struct

os.close(3)
attempt("closed", api.get_self)
with open("answer", "wb") as answer:
    answer.write(bytes(64))
os.dup2(os.open("answer", os.O_RDWR), 3)
try:
    print("a file in its place:", api.get_self())
except Exception:
    print("a file in its place: error")
