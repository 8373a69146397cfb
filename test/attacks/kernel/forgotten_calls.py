#!python
# Makes system calls that hardly anybody remembers, and some that have a number but never existed.
# Wall: the list of system calls says what is allowed, not what is forbidden
# Expect: done
# Output: ^wait4: EPERM$
# Denied: wait4=1 getdents=1 futimesat=1 ioprio_get=1 timer_gettime=1 timer_getoverrun=1 getpmsg=1 afs_syscall=1
# Denied: epoll_wait_old=1
room = ctypes.create_string_buffer(128)
raw("wait4", 61, -1, room, 1, None)
raw("getdents", 78, 3, room, 128)
raw("futimesat", 261, -100, b"/usr", None)
raw("ioprio_get", 252, 1, 1)
raw("timer_gettime", 224, 0, room)
raw("timer_getoverrun", 225, 0)
raw("getpmsg", 181)
raw("afs_syscall", 183)
raw("epoll_wait_old", 215)
