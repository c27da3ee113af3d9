"""专报 as it is read: the words and tables of a content, as a page, a file of its own, a document, and tables."""
