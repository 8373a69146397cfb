#!python
# Takes the ids of root, of another role, of another run.
# Wall: the list of system calls has none that changes an id, and there are no capabilities
# Expect: done
# Output: ^setuid: EPERM$
# Denied: setuid=1 setgid=1 setreuid=1 setregid=1 setresuid=2 setresgid=1 setfsuid=1 setfsgid=1 setgroups=1
me = os.getuid()
raw("setuid", 105, 0)
raw("setgid", 106, 0)
raw("setreuid", 113, 0, 0)
raw("setregid", 114, 0, 0)
raw("setresuid", 117, 0, 0, 0)
raw("the next run's id", 117, me + 1, me + 1, me + 1)
raw("setresgid", 119, 0, 0, 0)
raw("setfsuid", 122, 0)
raw("setfsgid", 123, 0)
raw("setgroups", 116, 1, ctypes.byref(ctypes.c_uint(42)))
if (os.getresuid(), os.getresgid(), os.getgroups()) != ((me,) * 3, (os.getgid(),) * 3, []):
    print("BREACH: ids that are not its own")
