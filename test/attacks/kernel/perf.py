#!python
# Counts and samples events of the machine's processors.
# Wall: the list of system calls has no perf_event_open
# Expect: done
# Output: ^counting: EPERM$
# Denied: perf_event_open=4
attributes = ctypes.create_string_buffer(b"\1\0\0\0\x80\0\0\0", 128)
raw("counting", 298, attributes, 0, -1, -1, 0)
raw("a whole processor", 298, attributes, -1, 0, -1, 0)
raw("process 1", 298, attributes, 1, -1, -1, 8)
raw("trace points", 298, b"\2\0\0\0\x80\0\0\0" + bytes(120), -1, 0, -1, 0)
