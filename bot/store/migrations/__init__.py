"""The steps by which the tables came to be; `python -m bot.store.migrations new "what changes"` writes the next one."""
