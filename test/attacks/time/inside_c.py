#!python
# Stays in C code that never comes back to Python, with the interpreter's lock held: nothing of Python's can end it.
# Wall: the supervisor ends a run with SIGKILL
# Expect: too-long
# Output: ^before$
print("before", flush=True)
ctypes.PyDLL(None).pause()
