"""What an operator does from the shell.

Commands end with 0 for success, 1 when the answer is no, 2 for input that cannot be used.
"""
