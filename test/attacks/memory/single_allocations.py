#!python
# Asks in one step for more memory than any machine has, in the ways that Python has for that.
# Wall: a limit on a run's address space
# Expect: done
# Output: ^text: MemoryError$
# Output: ^list: MemoryError$
attempt("text", lambda: "x" * (1 << 40))
attempt("list", lambda: [None] * (1 << 38))
attempt("bytes", lambda: bytes(1 << 33))
attempt("number", lambda: 1 << (1 << 36))
attempt("join", lambda: ",".join(["x" * (1 << 20)] * 4096))
attempt("format", lambda: f"{0:>{1 << 33}}")
attempt("range", lambda: list(range(1 << 33)))
attempt("translate", lambda: ("x" * (1 << 20)).translate({120: "y" * 4096}))
attempt("read", lambda: os.read(0, 1 << 40) and None or os.read(3, 1 << 36))
attempt("buffer", lambda: ctypes.create_string_buffer(1 << 34))
