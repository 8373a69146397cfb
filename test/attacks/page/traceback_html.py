#!python
# Fails with HTML in everything that a traceback shows: the error, its notes, names of functions, the source line.
# Wall: a traceback is escaped
# Expect: failed
# Owner sees: &lt;script&gt;alert
# Output: before
# Absent: <script>alert
print("before")
error = type("</pre><script>alert(1)</script>", (Exception,), {})("</pre><script>alert(2)</script>")
error.add_note("</pre><img src=x onerror=alert(3)>")
raise error  # </pre><script>alert(4)</script>
