#!python
# Leaves System V shared memory, semaphores and queues for the next run, or for a run at the same time.
# Wall: the list of system calls has none of these calls
# Expect: done
# Output: ^shmget: EPERM$
# Output: ^semget: EPERM$
# Output: ^msgget: EPERM$
# Denied: shmget=2 shmat=1 shmctl=1 shmdt=1 semget=1 semop=1 semtimedop=1 semctl=1 msgget=1 msgsnd=1 msgrcv=1 msgctl=1
room = ctypes.create_string_buffer(128)
raw("shmget", 29, 0x5EC, 4096, 0o1666)
raw("shmget, private", 29, 0, 4096, 0o1666)
raw("shmat", 30, 0, None, 0)
raw("shmctl", 31, 0, 13, room)
raw("shmdt", 67, room)
raw("semget", 64, 0x5EC, 1, 0o1666)
raw("semop", 65, 0, room, 1)
raw("semtimedop", 220, 0, room, 1, None)
raw("semctl", 66, 0, 0, 19, room)
raw("msgget", 68, 0x5EC, 0o1666)
raw("msgsnd", 69, 0, room, 8, 0)
raw("msgrcv", 70, 0, room, 8, 0, 0)
raw("msgctl", 71, 0, 12, room)
