#!python
# Sends descriptors through the socket of its API to the role behind it, and asks for descriptors of that role.
# Wall: the list of system calls has neither sendmsg nor recvmsg; the role reads without a buffer for descriptors
# Expect: done
# Output: ^send: EPERM$
# Output: ^receive: EPERM$
# Output: ^answered attacker of
# Denied: sendmsg=2 recvmsg=1 sendmmsg=1 recvmmsg=1
control = (ctypes.c_uint64 * 3)(20, 1 << 32 | 1, 1)
part = ctypes.create_string_buffer(b"\0\0\0\0", 4)
vector = (ctypes.c_uint64 * 2)(ctypes.addressof(part), 4)
message = (ctypes.c_uint64 * 8)(0, 0, ctypes.addressof(vector), 1, ctypes.addressof(control), 24, 0, 0)
raw("send", 46, 3, ctypes.byref(message), 0)
raw("send to all", 46, 3, ctypes.byref(message), 0x4000)
raw("receive", 47, 3, ctypes.byref(message), 0x40000000)
raw("send many", 307, 3, ctypes.byref(message), 1, 0)
raw("receive many", 299, 3, ctypes.byref(message), 1, 0, None)
print("answered", api.call("get_self"))
