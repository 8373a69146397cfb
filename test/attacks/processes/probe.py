#!python
# Asks about every process id, with calls that any program may make.
# Wall: a pid namespace of its own
# Expect: done
# Output: ^only 1 is there$
# Output: ^parent 0$
there = set()
for pid in range(1, 40_000):
    for number, arguments in ((62, (pid, 0)), (124, (pid,)), (145, (pid,)), (274, (pid, None, None))):
        if call(number, *arguments) != -errno.ESRCH:
            there.add(pid)
print("only 1 is there" if there == {1} else f"BREACH: {sorted(there)}")
print("parent", os.getppid())
