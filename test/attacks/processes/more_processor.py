#!python
# Raises its priority, asks for real-time scheduling, and chooses its processors.
# Wall: the list of system calls has none that sets a priority; runs are SCHED_IDLE
# Expect: done
# Output: ^nice: EPERM$
# Output: ^policy 5$
# Denied: setpriority=2 sched_setscheduler=2 sched_setparam=1 sched_setattr=1 sched_getattr=1 sched_setaffinity=1
# Denied: ioprio_set=1 sched_rr_get_interval=1
attempt("nice", os.nice, -20)
attempt("priority of others", os.setpriority, os.PRIO_USER, 0, -20)
attempt("first come", os.sched_setscheduler, 0, os.SCHED_FIFO, os.sched_param(99))
attempt("ordinary", os.sched_setscheduler, 0, os.SCHED_OTHER, os.sched_param(0))
attempt("parameters", os.sched_setparam, 0, os.sched_param(0))
raw("attributes", 314, 0, ctypes.create_string_buffer(56), 0)
raw("read attributes", 315, 0, ctypes.create_string_buffer(56), 56, 0)
attempt("processors", os.sched_setaffinity, 0, [0, 1])
raw("disk", 251, 1, 0, 1 << 13)
attempt("interval", os.sched_rr_get_interval, 0)
print("policy", os.sched_getscheduler(0))
