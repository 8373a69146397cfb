#!python
# Loads programs and tables into the kernel.
# Wall: the list of system calls has no bpf
# Expect: done
# Output: ^bpf 0: EPERM$
# Denied: bpf=8
attributes = ctypes.create_string_buffer(b"\1\0\0\0\4\0\0\0\4\0\0\0\1\0\0\0", 128)
for command in (0, 1, 5, 7, 8, 12, 17, 36):
    raw(f"bpf {command}", 321, command, attributes, 128)
