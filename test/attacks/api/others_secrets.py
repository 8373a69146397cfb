#!python
# A member keeps messages, visits and a file to themselves. Another member's program asks for them.
# Wall: each is given to its owner and to the members whom the owner named
# Owner: victim
# Visitor: victim
# Expect: done
# Output: ^kept$
api.accept_messages("everybody")
api.send_message(api.get_self(), "my own reminder")
with open("diary", "w") as diary:
    diary.write("private")
print("kept")
#!python
# Visitor: victim
# Expect: done
# Output: ^get_visits: 
# Output: ^get_shared: 
victim = "victim of " + api.get_self().partition(" of ")[2]
for name, arguments in (("get_visits", {"username": victim}), ("get_wall", {"username": victim}),
                        ("get_shared", {"username": victim, "path": "diary"}), ("get_messages", {"username": victim}),
                        ("remove_message", {"number": 1}), ("remove_post", {"username": victim, "number": 1})):
    try:
        result = api.call(name, **arguments)
        print(f"BREACH: {name} gave {result}" if result else f"{name}: nothing")
    except ApiError as error:
        print(f"{name}:", error)
if api.list_shared(victim) or any("reminder" in str(message) for message in api.get_messages()):
    print("BREACH: what is the victim's")
