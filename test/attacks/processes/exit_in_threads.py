#!python
# Ends every thread but the last by exceptions of every kind, and the main one by sys.exit.
# Wall: a process for each run
# Expect: failed
# Output: ^out$
import _thread
import threading

for kind in (SystemExit, KeyboardInterrupt, GeneratorExit, MemoryError, BaseException, RecursionError):
    def end(kind=kind):
        sys.stderr = None
        raise kind("\x00<b>")

    threading.Thread(target=end).start()
print("out")
sys.exit("\ud800 not UTF-8")
