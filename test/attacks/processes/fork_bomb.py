#!python
# Forks without end.
# Wall: the list of system calls, and the end of a run that is denied too often
# Expect: stopped
# Denied: clone=16
while True:
    try:
        if os.fork() == 0:
            print("BREACH: a process")
    except OSError:
        pass
