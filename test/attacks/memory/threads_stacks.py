#!python
# Asks for threads with stacks as large as the machine's memory.
# Wall: a limit on a run's address space
# Expect: done
# Output: ^refused: RuntimeError$
import threading

threading.stack_size(1 << 30)
try:
    threading.Thread(target=print, args=("BREACH: started",)).start()
except RuntimeError as error:
    print("refused:", name_of(error))
