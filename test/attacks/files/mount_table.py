#!python
# Reads the table of mounts, to learn what the machine has.
# Wall: the list of system calls has none that gives it, and there is no /proc
# Expect: done
# Output: ^statmount: EPERM$
# Output: ^mounts: ENOENT$
# Denied: 457|statmount=1 458|listmount=1 467|open_tree_attr=1 ustat=1 sysfs=3
request = (ctypes.c_uint64 * 3)(24, 1, 0xFF)
answer = ctypes.create_string_buffer(4096)
raw("statmount", 457, ctypes.byref(request), answer, 4096, 0)
raw("listmount", 458, ctypes.byref(request), answer, 512, 0)
raw("open_tree_attr", 467, -100, b"/", 1, answer, 32)
raw("ustat", 136, os.stat("/").st_dev, answer)
for option in (1, 2, 3):
    raw("sysfs", 139, option, 0, answer)
attempt("mounts", open, "/proc/self/mountinfo")
