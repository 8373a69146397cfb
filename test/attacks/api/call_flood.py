#!python
# Calls without end.
# Wall: a limit on the number of calls of each run; a run that goes on after it is ended
# Expect: stopped
# Output: ^200 answered, then: a run may make at most 200 calls$
# Owner sees: misused its API
answered = 0
try:
    while True:
        api.get_self()
        answered += 1
except ApiError as error:
    print(f"{answered} answered, then: {error}", flush=True)
while True:
    try:
        api.get_self()
        print("BREACH: answered again", flush=True)
    except ApiError:
        pass
