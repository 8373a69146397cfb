#!python
# Greets the visitor and shows the time.
#
# The output of a program is HTML. Members choose their own names, so a name must be escaped before it is printed.
import html
import time

visitor = api.call("get_visitor")
print(f"<p>Hello, <i>{html.escape(visitor)}</i></p>")
print(f"<p>Current time: {time.time()}</p>")
