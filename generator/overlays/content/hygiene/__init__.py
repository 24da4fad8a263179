"""What reads well and is not safe: hidden characters, orders to the model, secrets, commands that run what they fetch.

`front` has the front matter of a skill, `file` the files one by one.
"""
