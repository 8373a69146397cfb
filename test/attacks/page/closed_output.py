#!python
# Closes its standard output and error, and puts its API's socket in their place.
# Wall: what is written to the API that is no call ends the run
# Expect: stopped
os.close(1)
os.close(2)
os.dup2(3, 1)
os.dup2(3, 2)
print("this goes to the API" * 20, flush=True)
api.get_self()
