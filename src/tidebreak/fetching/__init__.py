"""Fetching what a URL names, from public places only; off unless somebody switches it on.

`targets` says which URLs are taken, `addresses` which addresses, `dialing` connects to what was
checked and nothing else, `fetcher` puts it together. A URL is a locator: nothing here repeats one.
"""
