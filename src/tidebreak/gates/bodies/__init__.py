"""What travels in HTTP bodies: encodings undone and files of forms taken out, before all is judged.

Nothing here decides. What cannot be taken apart for sure is said to be so, never judged as it came.
"""
