from shaodao.county.pack.diff import Change, diff


def changed(files, file, old, new):
    assert old in files[file]
    return {**files, file: files[file].replace(old, new, 1)}


def test_it_finds_no_change_in_the_same_pack(files):
    assert diff(files, dict(files)) == []


def test_it_shows_a_changed_cell_with_its_row(files):
    after = changed(files, "routes.csv", b"R001,XZ-04,XZ-04-A,,,,D13", b"R001,XZ-04,XZ-04-A,,,,D14")
    assert diff(files, after) == [Change("routes.csv", "R001", "lead", "D13", "D14")]


def test_it_shows_rows_that_came_and_went(files):
    row = "R001,XZ-04,XZ-04-A,,,,D13,,,no,流动摊贩由{lead}查处\n".encode()
    gone = diff(files, changed(files, "routes.csv", row, b""))
    assert {change.row for change in gone} == {"R001"}
    assert all(change.after is None for change in gone)
    came = diff(changed(files, "routes.csv", row, b""), files)
    assert [(c.column, c.after) for c in came] == [(c.column, c.before) for c in gone]


def test_it_does_not_mind_the_order_of_rows_and_columns(files):
    header, *rows = files["owners.csv"].decode().splitlines()
    assert header == "mark,unit,keywords"
    turned = ["unit,mark,keywords"]
    for row in reversed(rows):
        mark, unit, rest = row.split(",", 2)
        turned.append(f"{unit},{mark},{rest}")
    assert diff(files, {**files, "owners.csv": "\n".join(turned).encode()}) == []


def test_it_shows_numbers_and_places(files):
    after = changed(files, "settings.toml", b"photos = 9", b"photos = 6")
    after = changed(after, "places.geojson", '"name":"第一网格"'.encode(), '"name":"东一网格"'.encode())
    assert [(c.file, c.row, c.before, c.after) for c in diff(files, after)] == [
        ("settings.toml", "numbers.photos", "9", "6"),
        ("places.geojson", "S01-01-01", "第一网格", "东一网格"),
    ]


def test_it_tells_two_versions_of_an_item_apart(files):
    text = files["items.csv"].decode()
    row = next(line for line in text.splitlines() if line.startswith("XZ-02,"))
    again = row.replace("2021-03-01,", "2022-01-01,")
    after = {**files, "items.csv": text.replace(row, f"{row}2022-01-01\n{again}").encode()}
    rows = {(change.row, change.column) for change in diff(files, after)}
    assert ("XZ-02/2021-03-01", "valid_until") in rows
    assert ("XZ-02/2022-01-01", "valid_from") in rows
