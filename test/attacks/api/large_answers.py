#!python
# Asks for the largest answers, as often as it may.
# Wall: a limit on the size of an answer, and on the number of calls
# Expect: done
# Output: ^[0-9]+ bytes in all$
me, total = api.get_self(), 0
for _ in range(150):
    total += len(api.get_user_info(me)["profile"])
print(total, "bytes in all")
