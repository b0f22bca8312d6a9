"""Lists of units and of people from workbooks: what is read, what is wrong with it by row, what it would change."""
