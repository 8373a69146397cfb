#!python
# Makes as many empty files, folders and links as it can.
# Wall: a tmpfs with a limited number of inodes for each run
# Expect: done
# Output: ^ENOSPC after [0-9]+ files$
makers = (os.mkdir, lambda name: os.symlink("nothing", name), lambda name: open(name, "w").close())
made = 0
try:
    for made in range(100_000):
        makers[made % 3](f"n{made}")
    print("BREACH: as many as it likes")
except OSError as error:
    print(name_of(error), "after", made, "files")
if made > 64:
    print("BREACH: more than the limit")
