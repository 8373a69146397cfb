#!python
# A member's program holds a secret in its source, its files and its memory. Then another member's run, forked from the
# same interpreter, looks through all of its own memory: every mapping, byte by byte.
# Wall: the interpreter never sees a program; each program is read by its own run, behind its walls
# Owner: victim
# Visitor: victim
# Expect: done
# Output: ^kept 32 bytes$
secret = "the combination is 31-07-19-88!!"
with open("safe", "w") as safe:
    safe.write(secret)
copies = [secret.encode() + bytes([n]) for n in range(100)]
print("kept", len(secret), "bytes")
#!python
# Expect: done
# Output: ^looked through [1-9][0-9]+ MiB$
# Output: ^its own mark: found$
# Output: ^the secret: no trace$
PAGE, FAR = 4096, 1 << 30
SHIFT = bytes((n + 1) % 256 for n in range(256))
# The secret with each byte one higher, so that this program holds no copy of what it looks for. What it has looked
# through is changed in the same way.
secret = b"uif!dpncjobujpo!jt!42.18.2:.99"[:19]
mark = bytes(reversed(b"kram nwo sti")).translate(SHIFT)
reading, writing = os.pipe()
vector = ctypes.create_string_buffer(1)


def mapped(address):
    return call(27, address, PAGE, vector) == 0  # mincore: ENOMEM where nothing is mapped


def free(address, size):
    """Whether nothing is mapped there. If so, a mapping can be made that must not replace another."""
    result = call(9, address, size, 0, 0x100000 | 0x4022, -1, 0)
    if result == address:
        call(11, address, size)
    return result == address


def edge(address, step):
    """The last page before a gap of FAR bytes, beginning at a mapped page and going in one direction."""
    last, chunk = address, 16 << 20
    while True:
        while mapped(last + step):
            last += step
        gap = last + step
        while abs(gap - last) < FAR and free(min(gap, gap + step // PAGE * (chunk - PAGE)), chunk):
            gap += step // PAGE * chunk
        if abs(gap - last) >= FAR:
            return last
        while not mapped(gap):
            gap += step
            if abs(gap - last) >= FAR:
                return last
        last = gap


def contents(first, last):
    """The bytes of all pages that can be read, in pieces that overlap."""
    before, address = b"", first
    while address <= last:
        size = min(65536, last + PAGE - address)
        got = call(1, writing, address, size)  # write: EFAULT where it cannot be read
        if got <= 0:
            before, address = b"", (address // PAGE + 1) * PAGE
            continue
        piece = before + os.read(reading, got)
        yield piece
        before, address = piece[-64:], address + got


stack = ctypes.addressof(ctypes.c_char.from_buffer(bytearray(1)))
starts = [id(secret), id(sys), ctypes.cast(libc.getpid, ctypes.c_void_p).value, stack,
          ctypes.cast(ctypes.pythonapi.Py_GetVersion, ctypes.c_void_p).value, call(12, 0) - PAGE,
          ctypes.cast(libc.environ, ctypes.c_void_p).value, int.from_bytes(ctypes.string_at(
              ctypes.addressof(ctypes.c_void_p.in_dll(libc, "environ")), 8), "little")]
looked, ranges, found = 0, [], {"mark": 0, "secret": 0}
for start in starts:
    start = start // PAGE * PAGE
    if not start or not mapped(start) or any(first <= start <= last for first, last in ranges):
        continue
    ranges.append((edge(start, -PAGE), edge(start, PAGE)))
    for piece in contents(*ranges[-1]):
        looked += len(piece)
        moved = piece.translate(SHIFT)
        found["secret"] += moved.count(secret)
        found["mark"] += moved.count(mark)
own = bytearray(b"its own mark")
print("looked through", looked >> 20, "MiB")
print("its own mark:", "found" if found["mark"] else "BREACH: not found, so the search is worth nothing")
print("the secret:", f"BREACH: found {found['secret']} times" if found["secret"] else "no trace")
