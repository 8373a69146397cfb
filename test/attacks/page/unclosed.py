#!python
# Leaves what would swallow the rest of the page: a comment, an attribute, a text area, a title, CDATA, plain text.
# Wall: output is parsed on its own, and written out whole
# Expect: done
# Output: begins
# Absent: <textarea
# Absent: <plaintext
print('begins <textarea><title><plaintext><xmp><style><![CDATA[ <!-- <a href="http://evil.example/?')
