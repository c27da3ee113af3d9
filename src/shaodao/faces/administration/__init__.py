"""Administration: the county pack as drafts, people and their posts, how the installation runs. Who may do what stands in
`permissions.ADMINISTRATION`; the three administrators exclude each other and see no case.
"""
