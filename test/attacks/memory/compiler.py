#!python
# Makes the compiler run out of stack or memory, by source that is short but means much.
# Wall: a process for each run, with limits on memory and stack
# Expect: failed
# Output: ^before$
print("before", flush=True)
for text in ("-" * 1_000_000 + "1", "+".join(["1"] * 500_000), "(1,)" + "[0]" * 500_000, "1" + "**1" * 500_000):
    try:
        compile(text, "x", "eval")
    except (MemoryError, RecursionError, SyntaxError) as error:
        print(name_of(error), flush=True)
sys.exit(exec("raise MemoryError"))
