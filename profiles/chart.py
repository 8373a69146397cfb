#!python
# Draws a chart of the owner's newest transfers: what came in and what went out, added up.
#
# It needs matplotlib. Not every site has it, so the program says in one line if it is missing.
import sys

try:
    import matplotlib.pyplot as plt
except ImportError:
    print("<p>This site does not have matplotlib, so there is no chart.</p>")
    sys.exit()

me = api.call("get_self")
balances = [0]
for xfer in reversed(api.call("get_xfers", username=me)):
    balances.append(balances[-1] + (xfer["amount"] if xfer["recipient"] == me else -xfer["amount"]))

figure, axes = plt.subplots(figsize=(6, 3))
axes.step(range(len(balances)), balances, where="post")
axes.set_title("What came in and went out")
axes.set_xlabel("transfer")
axes.set_ylabel("zoobars")
axes.grid(True, alpha=0.3)
figure.tight_layout()
api.show(figure, alt=f"A chart of {len(balances) - 1} transfers; it ends at {balances[-1]:+d} zoobars.")
