#!python
# Says that it has ended, and goes on. The page is sent by then, and nobody would look for the run any more.
# Wall: a run that says that it has ended is ended
# Expect: done
# Output: ^before$
print("before", flush=True)
os.write(3, bytes(4))
while True:
    pass
#!python
# Owner: attacker
# Expect: done
# Output: ^its files are as they were at its end: True$
print("its files are as they were at its end:", sorted(os.listdir("/")) == ["data", "dev", "tmp", "usr"])
