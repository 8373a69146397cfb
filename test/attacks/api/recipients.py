#!python
# Pays itself, nobody, and names that look like those of other members.
# Wall: the bank finds members by the name as it is stored, and lets nobody pay themselves
# Expect: done
# Output: ^itself: a program cannot pay its own owner$
# Balance: attacker 10
# Balance: friend 10
me = api.get_self()
friend = "friend of " + me.partition(" of ")[2]
for what, name in (("itself", me), ("nobody", "nobody"), ("nothing", ""), ("cut", friend + "\0"),
                   ("padded", friend + "\t"),
                   ("a look-alike", friend.replace("i", "\u0456")), ("too long", "x" * 129), ("a surrogate", "\ud800"),
                   ("a path", "../" + friend), ("two", [friend, friend]), ("a number", 1)):
    try:
        print(f"BREACH: {what}:", api.xfer(name, 1))
    except (ApiError, UnicodeError) as error:
        print(f"{what}:", str(error)[:100])
