#!python
# Makes Python call it at every line, and goes on computing whenever it is about to end.
# Wall: a limit on wall-clock time for each run, whatever it says
# Expect: too-long
# Output: ^before$
def trace(frame, event, argument):
    while event == "return":
        pass
    return trace


print("before", flush=True)
sys.settrace(trace)
(lambda: None)()
