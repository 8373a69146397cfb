#!python
# Changes its personality: no randomised addresses, readable memory is executable, another kind of Unix.
# Wall: the list of system calls has no personality
# Expect: done
# Output: ^0x40000: EPERM$
# Denied: personality=6
for persona in (0x0040000, 0x0400000, 0x8000000, 0x0000008, 0x0100000, 0xFFFFFFFF):
    raw(f"{persona:#x}", 135, persona)
