#!python
# Changes what every program uses: built-in functions, modules, the code that imports and prints.
# Wall: a process for each run, forked from a process that never runs a program
# Expect: done
# Output: ^changed$
import builtins
import io
import json
import threading

print("changed", flush=True)
builtins.open = json.dumps = os.listdir = threading.Thread.start = io.open = lambda *_, **__: "BREACH"
type(api).call = type(api).get_self = lambda *_, **__: "BREACH"
sys.path[:] = ["/"]
sys.modules.clear()
builtins.print = builtins.__import__ = None
#!python
# Owner: neighbour
# Expect: done
# Output: ^unchanged$
import json

print("unchanged" if json.dumps(1) == "1" and "BREACH" not in (os.listdir("/"), api.get_self()) else "BREACH: changed")
