#!python
# Leaves timers and notifications in the kernel, which would come after the run has ended.
# Wall: the list of system calls has none of these calls
# Expect: done
# Output: ^timer_create: EPERM$
# Denied: timer_create=2 timer_settime=1 timer_delete=1 timerfd_create=1 timerfd_settime=1 timerfd_gettime=1
# Denied: signalfd=1 signalfd4=1 eventfd=1 epoll_pwait2=1 futex_waitv=1
room = ctypes.create_string_buffer(128)
raw("timer_create", 222, 1, None, room)
raw("that wakes the machine", 222, 8, None, room)
raw("timer_settime", 223, 0, 0, room, None)
raw("timer_delete", 226, 0)
raw("timerfd_create", 283, 1, 0)
raw("timerfd_settime", 286, 3, 0, room, None)
raw("timerfd_gettime", 287, 3, room)
raw("signalfd", 282, -1, room, 8)
raw("signalfd4", 289, -1, room, 8, 0)
raw("eventfd of old", 284, 0)
raw("epoll_pwait2", 441, 3, room, 1, None, None, 0)
raw("futex_waitv", 449, room, 1, 0, None, 1)
