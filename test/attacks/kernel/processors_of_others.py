#!python
# Lets other processors do its work, and reads what the kernel tells debuggers.
# Wall: the list of system calls has none of these calls
# Expect: done
# Output: ^membarrier: EPERM$
# Denied: membarrier=3 lookup_dcookie=1 kcmp=1 _sysctl=1 get_kernel_syms=1 tuxcall=1 security=1 epoll_ctl_old=1
# Denied: vserver=1 putpmsg=1
room = ctypes.create_string_buffer(128)
raw("membarrier", 324, 1, 0, 0)
raw("of this process", 324, 16, 0, 0)
raw("what there is", 324, 0, 0, 0)
raw("lookup_dcookie", 212, 1, room, 128)
raw("kcmp", 312, 1, 1, 0, 0, 1)
raw("_sysctl", 156, room)
raw("get_kernel_syms", 177, None)
raw("tuxcall", 184)
raw("security", 185)
raw("epoll_ctl_old", 214)
raw("vserver", 236)
raw("putpmsg", 182)
