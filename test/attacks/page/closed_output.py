#!python
# Closes its standard output and error, and puts the socket of its API in their place.
# Wall: a run that writes to the API what is not a call is ended
# Expect: stopped
os.close(1)
os.close(2)
os.dup2(3, 1)
os.dup2(3, 2)
print("this goes to the API" * 20, flush=True)
api.get_self()
