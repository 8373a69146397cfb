#!python
# Removes every permission from its files, so that nobody can read, list or remove them.
# Wall: files are read by a process that may read all, and written again with modes chosen by the site
# Expect: done
# Output: ^left$
os.makedirs("shut/inner")
with open("shut/inner/file", "w") as file:
    file.write("still here")
for path in ("shut/inner/file", "shut/inner", "shut"):
    os.chmod(path, 0)
os.chmod("/usr", 0)
os.chmod("/", 0)
print("left")
#!python
# Expect: done
# Output: ^still here, 0o644 below 0o755$
mode, below = (os.stat(path).st_mode & 0o7777 for path in ("shut/inner/file", "shut/inner"))
print(open("shut/inner/file").read() + f", {mode:#o} below {below:#o}")
