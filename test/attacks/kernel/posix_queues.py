#!python
# Leaves the same things of the POSIX kind: message queues, named shared memory and semaphores.
# Wall: the list of system calls has no queues; the others are files in a folder that does not exist here
# Expect: done
# Output: ^mq_open: EPERM$
# Output: ^shared memory: ENOENT$
# Denied: mq_open=1 mq_unlink=1 mq_timedsend=1 mq_timedreceive=1 mq_notify=1 mq_getsetattr=1
room = ctypes.create_string_buffer(128)
raw("mq_open", 240, b"left", 0o102, 0o666, None)
raw("mq_unlink", 241, b"left")
raw("mq_timedsend", 242, 3, b"x", 1, 0, None)
raw("mq_timedreceive", 243, 3, room, 128, None, None)
raw("mq_notify", 244, 3, None)
raw("mq_getsetattr", 245, 3, None, room)
libc.shm_open.restype = libc.sem_open.restype = ctypes.c_void_p
for what, function in (("shared memory", libc.shm_open), ("a semaphore", libc.sem_open)):
    ctypes.set_errno(0)
    result = function(b"/left", 0o102, 0o666, 1)
    refused = result is None or result == 0xFFFFFFFF
    print(f"{what}: {errno.errorcode.get(ctypes.get_errno())}" if refused else f"BREACH: {what} gave {result}")
