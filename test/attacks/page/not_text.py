#!python
# Prints bytes that are not text: zeros, incomplete characters, surrogates, all control characters.
# Wall: output is made valid UTF-8, and parsed
# Expect: done
# Output: the end
# Absent: <script
os.write(1, bytes(range(256)) * 4)
os.write(1, b"<scr\0ipt>alert(1)</scr\0ipt>\xed\xa0\x80\xf4\x90\x80\x80\xc0\xbcscript\xc0\xbe the end")
