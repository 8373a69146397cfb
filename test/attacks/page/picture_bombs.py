#!python
# Shows pictures of a few bytes that a browser would unpack to gigabytes, and many that are too large together.
# Wall: the sizes in the heads of pictures are bounded, and the pixels of a document together
# Expect: done
# Output: ^png refused, gif refused, jpeg refused, lossless refused, lossy refused, svg refused, <img src="data:image/png;base64,[^"]{50,200}" alt="text">$
# Output: ^4 shown$
# Absent: alt="[a-z]+ refused
import base64
import re
import struct
import zlib


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width, height, more=b""):
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + more + chunk(b"IDAT", zlib.compress(bytes(9999))) +
            chunk(b"IEND", b""))


def show(kind, data, alt):
    return f'<img src="data:image/{kind};base64,{base64.b64encode(data).decode()}" alt="{alt}">'


def webp(kind, data):
    body = b"WEBP" + kind + struct.pack("<I", len(data)) + data
    return b"RIFF" + struct.pack("<I", len(body)) + body


gif = b"GIF89a" + struct.pack("<HHBBB", 65535, 65535, 0, 0, 0) + b"," + struct.pack("<HHHHB", 0, 0, 65535, 65535, 0)
jpeg = (b"\xff\xd8\xff\xc2" + struct.pack(">HBHHB", 11, 8, 65500, 65500, 1) + b"\x01\x11\x00" +
        b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00x" * 1000 + b"\xff\xd9")
lossy = b"\x10\x00\x00\x9d\x01\x2a" + struct.pack("<HH", 16383, 16383) + bytes(20)
print(show("png", png(60000, 60000), "png refused"), end=", ")
print(show("gif", gif + b"\x02\x01\x00\x00;", "gif refused"), end=", ")
print(show("jpeg", jpeg, "jpeg refused"), end=", ")
print(show("webp", webp(b"VP8L", b"\x2f" + struct.pack("<I", 16382 | 16382 << 14) + b"\0"), "lossless refused"), end=", ")
print(show("webp", webp(b"VP8 ", lossy), "lossy refused"), end=", ")
print(show("svg+xml", b"<svg width='99999' height='99999'></svg>", "svg refused"), end=", ")
# A text and a profile of colours that are unpacked to megabytes are left out.
bomb = chunk(b"zTXt", b"x\0\0" + zlib.compress(bytes(8_000_000))) + chunk(b"iCCP", b"x\0\0" + zlib.compress(bytes(9999)))
print(show("png", png(1, 1, bomb), "text"))
print("".join(show("png", png(2048, 1024), "shown") for _ in range(4)), end="")
print("".join(show("png", png(2048, 1024), "") for _ in range(20)))
print("4 shown")
