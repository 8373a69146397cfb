#!python
# Fetches web pages: of the site itself, and of a cloud's metadata service, by name and by address.
# Wall: the list of system calls has no socket, and there is nothing by which a name could be looked up
# Expect: done
# Output: ^http://127.0.0.1:8080/: URLError$
# Denied: socket
import urllib.request

for address in ("http://127.0.0.1:8080/", "http://169.254.169.254/latest/meta-data/", "http://[::1]/",
                "https://example.com/", "file:///etc/passwd", "ftp://127.0.0.1/"):
    attempt(address, urllib.request.urlopen, address, timeout=1)
