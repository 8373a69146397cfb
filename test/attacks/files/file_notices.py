#!python
# Watches files of the machine, and asks the kernel to tell it what others do with the library.
# Wall: the list of system calls has neither inotify nor fanotify, and fcntl sets no lease
# Expect: done
# Output: ^inotify_init: EPERM$
# Output: ^a lease: EPERM$
# Denied: inotify_init=1 inotify_init1=1 inotify_add_watch=1 inotify_rm_watch=1 fanotify_init=1 fanotify_mark=1 fcntl=5
fd = os.open(LIBRARY + "/os.py", os.O_RDONLY)
raw("inotify_init", 253)
raw("inotify_init1", 294, 0)
raw("inotify_add_watch", 254, 3, LIBRARY.encode(), 0xFFF)
raw("inotify_rm_watch", 255, 3, 1)
raw("fanotify_init", 300, 0, 0)
raw("fanotify_mark", 301, 3, 1, 0xFFF, -100, b"/")
commands = {"a lease": 1024, "notices": 1026, "an owner for signals": 8, "a signal": 10, "a hint": 1036}
for what, command in commands.items():
    raw(what, 72, fd, command, 1)
