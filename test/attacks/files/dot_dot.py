#!python
# Climbs out of its root with "..", from the root and from below, as a path and step by step.
# Wall: ".." of the root is the root
# Expect: done
# Output: ^climbed to the same root$
os.makedirs("/a/b/c")
os.chdir("/a/b/c")
for _ in range(100):
    os.chdir("..")
here, root = os.stat("."), os.stat("/")
own = ["a", "data", "dev", "tmp", "usr"]
if (here.st_dev, here.st_ino) != (root.st_dev, root.st_ino) or sorted(os.listdir(".")) != own:
    print("BREACH: another root", os.listdir("."))
print("climbed to the same root")
for start in ("", "/", "a/b/c/", LIBRARY + "/"):
    attempt(start, open, start + "../" * 40 + "etc/shadow")
