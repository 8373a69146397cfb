#!python
# Walks at random with numpy. All sums must agree with each other.
#
# Packages: numpy
# Shows: 500 walks of 1000 steps
# Shows: Each step is 1: True
# Shows: The spread grows like the root of the steps: True
# Shows: The matrix and its inverse give the identity: True
import numpy as np

draw = np.random.default_rng(seed=7)
steps = draw.choice([-1, 1], size=(500, 1000))
walks = steps.cumsum(axis=1)
print(f"<p>{walks.shape[0]} walks of {walks.shape[1]} steps</p>")
print("<p>Each step is 1:", bool((np.abs(np.diff(walks, axis=1)) == 1).all()), "</p>")
spread = walks[:, -1].std()
print("<p>The spread grows like the root of the steps:", bool(0.8 < spread / np.sqrt(1000) < 1.2), "</p>")
matrix = draw.normal(size=(100, 100))
near = np.allclose(matrix @ np.linalg.inv(matrix), np.eye(100))
print("<p>The matrix and its inverse give the identity:", near, "</p>")
