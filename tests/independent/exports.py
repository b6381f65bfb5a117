"""Opens an export with Python's csv and with openpyxl, and compares it cell by cell.

Called by the test `independent` with a folder: export.csv, export.xlsx, and expected.json, which holds
the headings, the rows as texts, and the kinds of the columns (text, number, date).
"""

import csv
import datetime
import json
import pathlib
import sys

import openpyxl


def typed(text, kind):
    if text == "":
        return None
    if kind == "number":
        return float(text)
    if kind == "date":
        return datetime.datetime.fromisoformat(text)
    return text


def neutral(text, kind):
    is_formula = kind == "text" and text.lstrip().startswith(("=", "+", "-", "@"))
    return "'" + text if is_formula else text


def main():
    folder = pathlib.Path(sys.argv[1])
    expected = json.loads((folder / "expected.json").read_text("utf-8"))
    kinds, rows = expected["kinds"], expected["rows"]
    assert len(rows) > 100, len(rows)

    raw = (folder / "export.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf") and raw.endswith(b"\r\n")
    with open(folder / "export.csv", encoding="utf-8-sig", newline="") as file:
        records = list(csv.reader(file, strict=True))
    assert records[0] == expected["headings"], records[0]
    wanted = [[neutral(text, kind) for text, kind in zip(row, kinds)] for row in rows]
    assert records[1:] == wanted, next(pair for pair in zip(records[1:], wanted) if pair[0] != pair[1])

    book = openpyxl.load_workbook(folder / "export.xlsx")
    sheet, about = book.worksheets
    assert sheet.freeze_panes == "A2", sheet.freeze_panes
    assert [cell.value for cell in sheet[1]] == expected["headings"]
    assert sheet.max_row == len(rows) + 1, sheet.max_row
    for cells, row in zip(sheet.iter_rows(min_row=2), rows):
        for cell, text, kind in zip(cells, row, kinds):
            assert cell.data_type != "f", cell.coordinate
            assert cell.value == typed(text, kind), (cell.coordinate, cell.value, text)
            if kind == "date" and text:
                assert cell.is_date and cell.number_format == "yyyy-mm-dd", cell.coordinate
    said = {row[0]: row[1] for row in about.iter_rows(values_only=True)}
    assert said["Rows"].replace(",", "") == str(len(rows)), said
    print(f"{len(rows)} rows, cell by cell, as CSV and as XLSX")


main()
