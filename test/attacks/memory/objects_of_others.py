#!python
# Looks for the same with the means of Python: every object that the garbage collector knows, modules, frames, and
# caches of source.
# Wall: the interpreter never sees a program
# Owner: victim
# Visitor: victim
# Expect: done
# Output: ^kept$
diary = ["met at the old mill", {"where": "the old mill"}]
open("mill", "w").write(str(diary))
print("kept")
#!python
# Expect: done
# Output: ^looked at [0-9]{4,} objects$
import gc
import linecache

word = "".join(reversed("llim dlo"))
gc.unfreeze()
seen, stack, found = set(), [gc.get_objects(), sys.modules, linecache.cache, sys._getframe(), os.environ, sys.argv], []
while stack:
    thing = stack.pop()
    if id(thing) in seen or thing is word:
        continue
    seen.add(id(thing))
    if isinstance(thing, (str, bytes, bytearray)):
        text = thing if isinstance(thing, str) else bytes(thing).decode("latin-1")
        if word in text and "".join(reversed(word)) not in text:
            found.append(text[:200])
    else:
        stack.extend(gc.get_referents(thing))
print("looked at", len(seen), "objects")
if found:
    print("BREACH:", found)
