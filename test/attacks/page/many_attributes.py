#!python
# Prints one element with thousands of attributes, and entities without end.
# Wall: the sanitizer writes out what is allowed, and no more than it read
# Expect: done
# Output: the end
print("<p " + " ".join(f"a{n}=&amp;&amp;" for n in range(3_000)) + ">the end</p>")
