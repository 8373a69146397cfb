#!python
# Looks for a process group that it shares with others, which a signal or a terminal would reach.
# Wall: a process group of its own for each run
# Expect: done
# Output: ^group 1$
group = os.getpgid(0)
print(f"group {group}" if group == 1 else f"BREACH: group {group}")
