"""The same seven-question form as others would write it."""
