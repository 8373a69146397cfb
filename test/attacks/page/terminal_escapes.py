#!python
# Writes what a terminal obeys, on its page, in its traceback and in the names of calls: for whoever reads a log there.
# Wall: logs hold what zoobar found out itself, escaped; a traceback is shown as text
# Expect: failed
# Output: before
# Owner sees: RuntimeError
# Absent: \x1b\]0
# Denied: socket=1
print("before")
call(41, 1, 1, 0)
raise RuntimeError("\x1b]0;owned\x07\x1b[2J\n{\"level\":\"info\",\"event\":\"all is well\"}\r\nSet-Cookie: a=b")
