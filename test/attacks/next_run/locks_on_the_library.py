#!python
# Locks every file of the library in every way it can, and ends.
# Wall: the locks of a run end with its process
# Expect: done
# Output: ^locked [0-9]+ files$
import fcntl
import glob

held = []
for path in glob.glob(LIBRARY + "/*.py"):
    if len(held) < 50 and not os.path.islink(path):
        file = open(path)
        fcntl.flock(file, fcntl.LOCK_EX)
        fcntl.lockf(file, fcntl.LOCK_SH)
        held.append(file)
print("locked", len(held), "files")
#!python
# Owner: neighbour
# Expect: done
# Output: ^all free$
import fcntl
import glob

for path in glob.glob(LIBRARY + "/*.py"):
    if not os.path.islink(path):
        with open(path) as file:
            fcntl.flock(file, fcntl.LOCK_EX)  # waits until the process of the other run is gone
print("all free")
