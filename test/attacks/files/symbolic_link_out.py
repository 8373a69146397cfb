#!python
# Makes symbolic links to what is outside its root, and opens them.
# Wall: a link is followed within the run's own root
# Expect: done
# Output: ^absolute: ENOENT$
# Output: ^round: ELOOP$
targets = {"absolute": "/etc/shadow", "climbing": "../" * 40 + "etc/shadow", "process": "/proc/self/root/etc/shadow",
           "store": "/store/data.mdb", "round": "round"}
for name, target in targets.items():
    os.symlink(target, name)
    attempt(name, open, name)
    attempt(name + ", to be written", open, name, "r+")
