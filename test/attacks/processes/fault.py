#!python
# Ends its own process by a real fault of the processor.
# Wall: a process for each run; its parent goes on
# Expect: failed
# Output: ^before$
# Owner sees: signal 11
print("before", flush=True)
ctypes.string_at(0)
