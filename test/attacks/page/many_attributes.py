#!python
# Prints one element with thousands of attributes, and very many entities.
# Wall: the sanitizer writes only what is allowed, and not more than it has read
# Expect: done
# Output: the end
print("<p " + " ".join(f"a{n}=&amp;&amp;" for n in range(3_000)) + ">the end</p>")
