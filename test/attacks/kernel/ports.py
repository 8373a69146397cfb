#!python
# Uses ports to reach devices, and changes the tables of its segments and thread registers.
# Wall: the list of system calls has none of these calls
# Expect: done
# Output: ^iopl: EPERM$
# Output: ^modify_ldt: EPERM$
# Denied: iopl=1 ioperm=1 modify_ldt=2 arch_prctl=5 set_thread_area=1 get_thread_area=1
raw("iopl", 172, 3)
raw("ioperm", 173, 0x60, 1, 1)
raw("modify_ldt", 154, 0x11, ctypes.create_string_buffer(b"\0" * 12 + b"\x51", 16), 16)
raw("read the table", 154, 0, ctypes.create_string_buffer(64), 64)
for what, code in (("gs", 0x1001), ("fs", 0x1002), ("cpuid", 0x1012), ("features", 0x1023), ("shadow stack", 0x5001)):
    raw("arch_prctl of " + what, 158, code, 0)
raw("set_thread_area", 205, ctypes.create_string_buffer(16))
raw("get_thread_area", 211, ctypes.create_string_buffer(16))
