"""Papers: what was handed in, laid out as offices expect it, always a draft and always in Vietnamese."""
