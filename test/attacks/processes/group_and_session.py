#!python
# Looks for a process group or session it shares with others: what a signal or a terminal would reach.
# Wall: a session of its own for each run
# Expect: done
# Output: ^group 1, session 1$
group, session = os.getpgid(0), os.getsid(0)
own = (group, session) == (1, 1)
print(("" if own else "BREACH: ") + f"group {group}, session {session}")
