#!python
# Makes as many denied calls as it may, and ends.
# Wall: a run is ended at its sixteenth denial
# Expect: done
# Output: ^15 refused$
# Denied: socket=15
print(sum(call(41, 2, 1, 0) == -errno.EPERM for _ in range(15)), "refused")
