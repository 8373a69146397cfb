#!python
# Calls without end.
# Wall: a number of calls for each run; whoever goes on after its limit is ended
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
