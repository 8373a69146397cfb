#!python
# Takes every permission away from what it leaves, so that nobody can read it, list it or clear it away.
# Wall: files are read by one who may, and laid out with modes of their own
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
