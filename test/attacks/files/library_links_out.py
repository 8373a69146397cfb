#!python
# Looks through the standard library for links that lead out of it, and for files that it may write.
# Wall: a link is followed within the run's own root, and the mount is read-only
# Expect: done
# Output: ^looked at [0-9]{3,} files and folders$
seen = 0
library = LIBRARY
for folder, folders, files in os.walk(library):
    for name in folders + files:
        path = os.path.join(folder, name)
        seen += 1
        if os.path.islink(path) and os.path.exists(path) and not os.path.realpath(path).startswith(library + "/"):
            print(f"BREACH: {path} leads to {os.path.realpath(path)}")
        if os.access(path, os.W_OK):
            print(f"BREACH: {path} may be written")
print(f"looked at {seen} files and folders")
