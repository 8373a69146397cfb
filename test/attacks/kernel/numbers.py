#!python
# Uses numbers that belong to no system call: below 0, and past the end of the kernel's table.
# Wall: the list of system calls says what is allowed, not what is forbidden
# Expect: done
# Output: ^-1: (EPERM|ENOSYS)$
# Output: ^4096: EPERM$
# Denied: -1=1 4096=1 65535=1 16777215=1 1073741823=1
for number in (-1, 4096, 65535, 0x00FFFFFF, 0x3FFFFFFF):
    raw(number, number, 0, 0, 0)
