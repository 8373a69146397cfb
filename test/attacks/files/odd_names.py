#!python
# Gives files names that could mean something else: in a listing, a log, a terminal, a page, a path.
# Wall: names are UTF-8 of limited length, and are escaped wherever they are shown
# Expect: done
# Output: ^made [0-9]+$
# Owner sees: &lt;script&gt;alert
# Owner sees: \.\.\.
names = [b"<script>alert(1)<", b"new\nline", b"\x1b]0;title\x07\x1b[2J", b"\xff\xfe not UTF-8", b"...", b" ", b"-rf",
         b"a\\..\\b", b"'; DROP TABLE files; --", b"{{NAME}}", b"%2e%2e%2fetc", b"\xe2\x80\xaecod.exe", b"x" * 255]
for name in names:
    os.close(os.open(name, os.O_CREAT | os.O_WRONLY))
print("made", len(names))
#!python
# Expect: done
# Output: ^kept all but one$
# Absent: <script>alert
kept = [name for name in os.listdir(b"/") if name not in (b"data", b"dev", b"tmp", b"usr")]
print("kept all but one" if len(kept) == 12 and b"\xff\xfe not UTF-8" not in kept else f"BREACH: {kept}")
