#!python
# Stays in C code that never returns to Python, and holds the interpreter's lock. So nothing in Python can end it.
# Wall: the supervisor ends a run with SIGKILL
# Expect: too-long
# Output: ^before$
print("before", flush=True)
mutex, c = ctypes.create_string_buffer(64), ctypes.PyDLL(None)
c.pthread_mutex_lock(mutex)
c.pthread_mutex_lock(mutex)  # it waits for itself, and no signal ends that
