// Keys, MACs and digests.
export {}
