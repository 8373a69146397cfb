#!python
# Nests folders as deep as it can, against code that takes the files back by recursion or with one long path.
# Wall: few inodes; files are taken back without recursion, and the length of a path has a limit
# Expect: done
# Output: ^ENOSPC after [0-9]+ folders$
depth = 0
try:
    while depth < 100_000:
        os.mkdir("d" * 200)
        os.chdir("d" * 200)
        depth += 1
except OSError as error:
    print(name_of(error), "after", depth, "folders")
#!python
# Expect: done
# Output: ^the longest path kept has [0-9]+ bytes$
longest = max(len(os.path.join(folder, "")) for folder, _, _ in os.walk("/") if not folder.startswith(LIBRARY))
print(f"the longest path kept has {longest} bytes" if longest < 1100 else f"BREACH: {longest} bytes")
