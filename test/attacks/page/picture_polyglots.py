#!python
# Shows files that are a picture and something else: a script, a page, an archive.
# Wall: pictures are written again, with the parts that a decoder needs and nothing behind them
# Expect: done
# Output: ^<img src="data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAIAAAABCAIAAAB7QOjdAAAAD0lEQVR42mM8wcXFwMAAAAUYAN7dtEW1AAAAAElFTkSuQmCC" alt="a">$
# Output: ^<img src="data:image/gif;base64,R0lGODdhAgABAIEAAMgKCgAAAAAAAAAAACwAAAAAAgABAAAIBQABAAgIADs=" alt="b">$
# Output: ^script refused, page refused, type refused, other type refused,$
# Absent: alert
import base64
import io
import zipfile

PNG = ("iVBORw0KGgoAAAANSUhEUgAAAAIAAAABCAIAAAB7QOjdAAAAD0lEQVR42mM8wcXFwMAAAAUYAN7dtEW1AAAAAElFTkSuQmCC")
GIF = "R0lGODdhAgABAIEAAMgKCgAAAAAAAAAAACwAAAAAAgABAAAIBQABAAgIADs="


def show(kind, data, alt):
    print(f'<img src="data:{kind};base64,{base64.b64encode(data).decode()}" alt="{alt}">', end="")


archive = io.BytesIO()
zipfile.ZipFile(archive, "w").writestr("x.js", "alert(1)")
show("image/png", base64.b64decode(PNG) + archive.getvalue(), "a")
print()
gif = base64.b64decode(GIF)
script = b"*/=1;alert(1)/*"
show("image/gif", gif[:-1] + b"!\xfe" + bytes([len(script)]) + script + b"\0;<script>alert(1)</script>", "b")
print()
show("image/gif", b"GIF89a/*" + bytes(20) + b"*/=1;alert(1)", "script refused, ")
show("image/jpeg", b"\xff\xd8\xff\xfe\x00\x20<script>alert(1)</script>....\xff\xd9", "page refused, ")
show("text/html", base64.b64decode(PNG) + b"<script>alert(1)</script>", "type refused, ")
show("image/svg+xml", base64.b64decode(PNG), "other type refused,")
print()
