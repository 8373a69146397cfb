#!python
# Nests folders as deep as it can: whoever takes the files back by recursion, or with one long path, would fall.
# Wall: few inodes, and files are taken back iteratively, with a bound on the length of a path
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
longest = max(len(os.path.join(folder, "")) for folder, _, _ in os.walk("/") if "python3.11" not in folder)
print(f"the longest path kept has {longest} bytes" if longest < 1100 else f"BREACH: {longest} bytes")
