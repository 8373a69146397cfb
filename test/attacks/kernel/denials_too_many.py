#!python
# Makes one denied call more than it may.
# Wall: a run is ended at its sixteenth denial
# Expect: stopped
# Output: ^15 refused$
# Denied: socket=16
print(sum(call(41, 2, 1, 0) == -errno.EPERM for _ in range(15)), "refused", flush=True)
call(41, 2, 1, 0)
print("BREACH: it goes on")
