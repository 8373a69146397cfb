#!python
# Traces every process that it can name, and asks to be traced.
# Wall: the list of system calls has no ptrace, and no other process is in its pid namespace
# Expect: done
# Output: ^attach to 0: EPERM$
# Output: ^trace me: EPERM$
# Denied: ptrace=14
for pid in (0, 1, 2, 3, 100, os.getppid()):
    raw(f"attach to {pid}", 101, 16, pid, 0, 0)
    raw(f"seize {pid}", 101, 0x4206, pid, 0, 0)
raw("trace me", 101, 0, 0, 0, 0)
raw("a listener's answer", 101, 0x420D, 1, 0, 0)
