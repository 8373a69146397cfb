#!python
# Stays in C code that never returns to Python, and holds the interpreter's lock. So nothing in Python can end it.
# Wall: the supervisor ends a run with SIGKILL
# Expect: too-long
# Output: ^before$
print("before", flush=True)
ctypes.PyDLL(None).pause()
