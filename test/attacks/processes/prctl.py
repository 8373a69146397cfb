#!python
# Asks prctl to let other processes trace it, to change its memory map, and to let it live on without its parent.
# Wall: prctl is allowed only for the name of a thread
# Expect: done
# Output: ^dumpable: EPERM$
# Output: ^seccomp: EPERM$
# Denied: prctl=15
for what, option in (("dumpable", 4), ("tracer", 0x59616D61), ("parent's death", 1), ("subreaper", 36), ("seccomp", 22),
                     ("memory map", 35), ("new privileges", 38), ("time stamps", 26), ("timer slack", 29),
                     ("machine checks", 33), ("transparent pages", 41), ("speculation", 53),
                     ("a name for memory", 0x53564D41), ("dispatch of calls", 59), ("scheduling with others", 62)):
    raw(what, 157, option, 1, 1, 0, 0)
