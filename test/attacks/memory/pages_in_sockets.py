#!python
# Puts pages of a file into sockets by sendfile, and then makes the file empty, so that no limit counts the pages.
# Wall: sendfile is not there
# Expect: done
# Output: ^sendfile: EINVAL$
# Output: ^into a file: EINVAL$
# Output: ^the modules copy by themselves: True$
import shutil
import socket

with open("pages", "wb") as file:
    file.write(bytes(8192))
pages = os.open("pages", os.O_RDWR)
a, b = socket.socketpair()
attempt("sendfile", os.sendfile, a.fileno(), pages, 4095, 2)
attempt("into a file", os.sendfile, os.open("other", os.O_RDWR | os.O_CREAT), pages, 0, 8192)
shutil.copyfile("pages", "copy")
a.sendfile(open("pages", "rb"), 0, 100)
print("the modules copy by themselves:", os.path.getsize("copy") == 8192 and b.recv(100) == bytes(100))
