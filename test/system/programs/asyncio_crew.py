#!python
# Cooks three dishes at the same time with asyncio, and one more in a thread.
#
# Shows: The toast is ready
# Shows: The soup is ready
# Shows: The roast is ready
# Shows: ['toast', 'soup', 'roast'] in the order of the list
# Shows: A thread added 4950
# Shows: The slow dish was cancelled
import asyncio


async def cook(dish, seconds):
    await asyncio.sleep(seconds)
    print(f"<p>The {dish} is ready</p>")
    return dish


async def dinner():
    dishes = await asyncio.gather(cook("toast", 0.01), cook("soup", 0.1), cook("roast", 0.2))
    print(f"<p>{dishes} in the order of the list</p>")
    print("<p>A thread added", await asyncio.to_thread(sum, range(100)), "</p>")
    try:
        await asyncio.wait_for(cook("cake", 3600), 0.05)
    except asyncio.TimeoutError:
        print("<p>The slow dish was cancelled</p>")


asyncio.run(dinner())
