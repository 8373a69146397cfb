#!python
# Writes control sequences for terminals into its page, its traceback and the names of calls, for somebody who reads a
# log in a terminal.
# Wall: the log holds what zoobar itself found out, escaped; a traceback is shown as text
# Expect: failed
# Output: before
# Owner sees: RuntimeError
# Absent: \x1b\]0
# Denied: socket=1
print("before")
call(41, 2, 1, 0)
raise RuntimeError("\x1b]0;owned\x07\x1b[2J\n{\"level\":\"info\",\"event\":\"all is well\"}\r\nSet-Cookie: a=b")
