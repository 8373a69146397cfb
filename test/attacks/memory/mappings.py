#!python
# Takes memory directly from the kernel, by every kind of mapping.
# Wall: a limit on a run's address space, which counts mappings of every kind
# Expect: done
# Output: ^private: ENOMEM after [0-9]+ MiB$
# Output: ^shared: ENOMEM after [0-9]+ MiB$
def fill(what, flags, protection=3):
    taken = []
    while (address := call(9, 0, 1 << 20, protection, flags, -1, 0)) > 0 or address < -4096:
        taken.append(address)
    print(f"{what}: {errno.errorcode[-address]} after {len(taken)} MiB")
    if len(taken) > 128:
        print("BREACH: more than the limit")
    for address in taken:
        call(11, address, 1 << 20)


fill("private", 0x22)
fill("shared", 0x21)
fill("without reserve", 0x4022)
fill("without access", 0x4022, 0)
fill("growing down", 0x122)
fill("populated", 0x8022)
fill("below 4 GiB", 0x62)
