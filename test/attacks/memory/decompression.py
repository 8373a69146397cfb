#!python
# Unpacks a few bytes into gigabytes.
# Wall: a limit on a run's address space
# Expect: done
# Output: ^bz2: MemoryError$
# Output: ^zlib: MemoryError$
import bz2
import lzma
import zlib

packer = zlib.compressobj(1)
small = b"".join([packer.compress(bytes(1 << 20)) for _ in range(140)]) + packer.flush()
attempt("zlib", zlib.decompress, small)
attempt("bz2", bz2.decompress, bz2.compress(bytes(900_000)) * 160)
attempt("lzma", lzma.decompress, lzma.compress(bytes(1 << 20), preset=0) * 160)
