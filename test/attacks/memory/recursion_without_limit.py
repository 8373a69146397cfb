#!python
# Removes Python's limit on recursion, and recurses through C code until the stack is full. Python 3.12 and later count these calls
# apart and end them with an exception.
# Wall: a limit on the stack, and a process for each run
# Expect: failed
# Output: ^before$
# Owner sees: signal 11|RecursionError: maximum recursion depth exceeded
class Deep:
    def __repr__(self):
        return repr(self)


print("before", flush=True)
sys.setrecursionlimit(1 << 30)
repr(Deep())
