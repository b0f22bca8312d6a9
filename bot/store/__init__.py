"""What is kept: tables, one file a noun. Nobody outside this folder imports sqlalchemy."""
