#!python
# Has Python call it back at every line, and computes on whenever it is about to end.
# Wall: a wall clock for each run, whatever it says
# Expect: too-long
# Output: ^before$
def trace(frame, event, argument):
    while event == "return":
        pass
    return trace


print("before", flush=True)
sys.settrace(trace)
(lambda: None)()
