"""The oblivious function of RFC 9497 and the group that it stands on."""
