#!python
# Makes its pipes larger than a run may, seals its descriptors, and uses other commands of fcntl.
# Wall: a separate list of the commands of fcntl
# Expect: done
# Output: ^a pipe of 1 MiB: EPERM$
# Denied: fcntl=7
reading, writing = os.pipe()
raw("a pipe of 1 MiB", 72, writing, 1031, 1 << 20)
raw("the page's pipe", 72, 1, 1031, 1 << 20)
for what, command in (("seals", 1033), ("owner", 15), ("owners", 17), ("user ids", 1035), ("dup query", 1027)):
    raw(what, 72, 3, command, 0)
