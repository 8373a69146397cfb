#!python
# Opens files of the machine and of the site by their absolute paths.
# Wall: the run's root holds its own files, the standard library, time zones and five devices, and nothing else
# Expect: done
# Output: ^/etc/shadow: ENOENT$
# Output: ^/store/data.mdb: ENOENT$
for path in ("/etc/shadow", "/etc/passwd", "/etc/hostname", "/root", "/home", "/var/tmp", "/var/lib/zoobar",
             "/var/lib/zoobar/operator.secret", "/store/data.mdb", "/web/root", "/run", "/boot", "/lib64",
             "/usr/bin/python3", "/usr/lib/x86_64-linux-gnu/libc.so.6", "/lib/x86_64-linux-gnu"):
    attempt(path, os.open, path, os.O_RDONLY)
