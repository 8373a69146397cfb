#!python
# Plots the owner's balance after each transfer with matplotlib.
#
# Packages: numpy PIL matplotlib
# Shows: Balance of
# Picture: image/png
# Shows: 10 zoobars now
import html

import api
import matplotlib.pyplot as plt
import numpy as np

me = api.call("get_self")
balance = api.call("get_user_info", username=me)["zoobars"]
steps = [xfer["amount"] if xfer["recipient"] == me else -xfer["amount"] for xfer in api.call("get_xfers", username=me)]
history = balance - np.cumsum([0, *steps])

figure, axes = plt.subplots(figsize=(4, 3))
axes.step(range(len(history)), history[::-1], where="post", marker="o")
axes.set_xlabel("transfers")
axes.set_ylabel("zoobars")
axes.set_title("Balance")
print("<p>Balance of", html.escape(me), "</p>")
api.show(figure)
print("<p>", balance, "zoobars now</p>")
