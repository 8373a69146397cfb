#!python
# A game that goes on from visit to visit. Each visitor has a game of their own, in a file.
#
# Shows: The word has 6 letters: _ _ _ _ _ _
# Shows: You try e
# Then shows: e: _ _ _ _ e _
# Then shows: You try a
# Then shows: Best score so far: none
import json
import pathlib
import random

import api

WORDS = ["silver", "garden", "winter", "summer"]
folder = pathlib.Path("/data/games")
folder.mkdir(parents=True, exist_ok=True)
game = folder / (api.get_visitor().encode().hex() + ".json")
best = folder / "best"

state = json.loads(game.read_text()) if game.exists() else {"word": random.choice(WORDS), "tried": ""}


def shown():
    return " ".join(letter if letter in state["tried"] else "_" for letter in state["word"])


if state["tried"]:
    print(f"<p>{state['tried']}: {shown()}</p>")
else:
    print(f"<p>The word has {len(state['word'])} letters: {shown()}</p>")
letter = next(each for each in "eariotnslcudpmhgbfywkvxzjq" if each not in state["tried"])
state["tried"] += letter
print(f"<p>You try {letter}</p>")
if set(state["word"]) <= set(state["tried"]):
    print("<p>Solved!</p>")
    best.write_text(str(len(state["tried"])))
    game.unlink()
else:
    temporary = game.with_suffix(".new")
    temporary.write_text(json.dumps(state))
    temporary.rename(game)
print(f"<p>Best score so far: {best.read_text() if best.exists() else 'none'}</p>")
