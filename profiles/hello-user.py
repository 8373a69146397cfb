#!python
# Greets whoever looks at this profile, and tells the time.
#
# What a program prints is HTML. A name is whatever its member chose, so it is escaped before it is printed.
import html
import time

visitor = api.call("get_visitor")
print(f"<p>Hello, <i>{html.escape(visitor)}</i></p>")
print(f"<p>Current time: {time.time()}</p>")
