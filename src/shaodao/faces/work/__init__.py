"""The staff's pages: one set for every role. What a page lists and which buttons it shows follow from the capacity one
acts in, through the permission table; there is no second table of pages.
"""
