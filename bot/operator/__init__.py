"""What is done on the server: one file for each kind of command, `add_…_commands` puts them under `kheo`."""
