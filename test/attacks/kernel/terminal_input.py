#!python
# Types into a terminal that somebody else reads: by TIOCSTI, also with high bits set, which some filters compared and
# the kernel ignores, and by the requests of the console.
# Wall: a separate list of the requests of ioctl, compared in all 64 bits; no descriptor of a run is a terminal
# Expect: done
# Output: ^TIOCSTI: EPERM$
# Output: ^with high bits: EPERM$
# Denied: ioctl=12
for what, request in (("TIOCSTI", 0x5412), ("with high bits", 0x1_0000_5412), ("with others", 0xFFFF_FFFF_0000_5412),
                      ("TIOCLINUX", 0x541C), ("TIOCSCTTY", 0x540E), ("TIOCSETD", 0x5423), ("TIOCCONS", 0x541D),
                      ("KDSKBENT", 0x4B47), ("TCGETS with high bits", 0x1_0000_5401), ("TIOCGPTPEER", 0x5441),
                      ("TIOCSPGRP", 0x5410), ("TIOCNOTTY", 0x5422)):
    raw(what, 16, 0, request, b";\0")
