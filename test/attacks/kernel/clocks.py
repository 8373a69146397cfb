#!python
# Sets the machine's clocks, or changes their speed.
# Wall: the list of system calls has calls that read clocks, and none that set them
# Expect: done
# Output: ^settimeofday: EPERM$
# Output: ^adjtimex: EPERM$
# Denied: settimeofday=1 clock_settime=2 adjtimex=1 clock_adjtime=1
import time

now = (ctypes.c_long * 2)(0, 0)
raw("settimeofday", 164, ctypes.byref(now), None)
attempt("clock_settime", time.clock_settime, time.CLOCK_REALTIME, 0)
raw("a clock of a device", 227, -5, ctypes.byref(now))
raw("adjtimex", 159, ctypes.create_string_buffer(b"\1", 256))
raw("clock_adjtime", 305, 0, ctypes.create_string_buffer(b"\1", 256))
