#!python
# Closes its API's socket, and puts something else in its place.
# Wall: what a run does with its own end of the socket is its own affair
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
