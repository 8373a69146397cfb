#!python
# Widens its pipes past what a run may hold, seals what it has, and asks for what fcntl keeps for others.
# Wall: fcntl has a list of its own
# Expect: done
# Output: ^a pipe of 1 MiB: EPERM$
# Denied: fcntl=7
reading, writing = os.pipe()
raw("a pipe of 1 MiB", 72, writing, 1031, 1 << 20)
raw("the page's pipe", 72, 1, 1031, 1 << 20)
for what, command in (("seals", 1033), ("owner", 15), ("owners", 17), ("user ids", 1035), ("dup query", 1027)):
    raw(what, 72, 3, command, 0)
