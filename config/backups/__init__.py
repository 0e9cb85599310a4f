"""Backups: the whole database as of one moment in one archive that can prove that it is whole, and the way back.

The database is all there is to keep: answers, grades, content as edited, accounts. Static files and the cache are made again.
"""
