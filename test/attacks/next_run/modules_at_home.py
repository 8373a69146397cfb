#!python
# Leaves modules in its root that have the names of modules of the library, or that Python loads at start.
# Wall: only the library is on the path
# Expect: done
# Output: ^left [0-9]+$
names = ("colorsys", "statistics", "sitecustomize", "usercustomize", "encodings", "api", "zoobar", "this")
for name in names:
    with open(name + ".py", "w") as module:
        module.write("print('BREACH: a module of the last run')\n")
os.makedirs(LIBRARY[len("/usr/"):] + "/site-packages")
with open(LIBRARY[len("/usr/"):] + "/site-packages/evil.pth", "w") as path:
    path.write("import os; print('BREACH: a path file')\n")
with open("pyvenv.cfg", "w") as settings:
    settings.write("home = /\n")
print("left", len(names))
#!python
# Expect: done
# Output: ^the library's own$
import colorsys
import statistics

print("the library's own" if colorsys.__file__.startswith(LIBRARY + "/") else "BREACH")
