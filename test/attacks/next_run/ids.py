#!python
# Looks for an id, a process or a folder that the last run had too.
# Wall: runs use the ids of a pool in turn, and each has its own pid namespace and root
# Expect: done
# Output: ^id [0-9]+, process 1$
with open("id", "w") as file:
    file.write(str(os.getuid()))
print(f"id {os.getuid()}, process {os.getpid()}")
#!python
# Expect: done
# Output: ^another id, and the file is this run's$
last = int(open("id").read())
new = os.getuid() != last and os.stat("id").st_uid == os.getuid()
print("another id, and the file is this run's" if new else f"BREACH: {os.getuid()} again")
