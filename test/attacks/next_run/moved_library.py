#!python
# Moves the path of the library aside and makes its own library there, so that its next run imports from it.
# Wall: the library is mounted anew in each run, and what a run leaves in its place is not kept
# Expect: done
# Output: ^moved$
os.rename("/usr", "/aside")
os.makedirs(LIBRARY)
with open(LIBRARY + "/colorsys.py", "w") as module:
    module.write("print('BREACH: a module of the last run')\n")
print("moved")
#!python
# Expect: done
# Output: ^the library's own$
import colorsys

print("the library's own" if hasattr(colorsys, "rgb_to_hsv") else "BREACH: another")
