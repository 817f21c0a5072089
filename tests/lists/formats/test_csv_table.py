from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidebreak.errors import BadList
from tidebreak.lists.formats import choose
from tidebreak.lists.formats import csv_table as module
from tidebreak.lists.source import Source

MD5, SHA1 = "0cc175b9c0f1b6a831c399e269772661", "86f7e437faa5a7fce15d1ddcb9eaeaea377667b8"


def read(path):
    """Return entries as dictionaries, and (line, reason) of bad rows."""
    source, good, bad = Source(path), [], []
    for batch in module.read(source):
        signals = [{} for _ in range(len(batch))]
        for column in batch.columns:
            for place, (row, value) in enumerate(zip(column.rows, column.values, strict=True)):
                signals[row].setdefault(column.type.name, []).append(value.tobytes().hex())
                if column.quality is not None:
                    signals[row]["quality"] = int(column.quality[place])
        for row in range(len(batch)):
            entry = {
                "line": int(batch.lines[row]),
                "signals": signals[row],
                "id": batch.keys[row] if batch.keys else "",
                "code": batch.classifications[row] if batch.classifications else "",
                "scheme": batch.schemes[row] if batch.schemes else "",
                "size": batch.sizes[row] if batch.sizes else None,
                "fields": batch.fields[row] if batch.fields else {},
            }
            good += [entry]
        bad += [(row.line, row.reason) for row in batch.bad]
    return good, bad


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_delimiter_and_line_end(file, delimiter, end):
    rows = [
        ["id", "MD5", "sha-1", "Classification", "scheme", "size", "note"],
        ["one", MD5, SHA1.upper(), "A", "uk", "12", "x"],
        ["two", "", SHA1, "", "", "", ""],
    ]
    path = file(end.join(delimiter.join(row) for row in rows) + end)
    assert choose(Source(path), None).name == "csv"
    good, bad = read(path)
    assert not bad
    assert good == [
        {
            "line": 2, "signals": {"md5": [MD5], "sha1": [SHA1]}, "id": "one", "code": "A",
            "scheme": "uk", "size": 12, "fields": {"note": "x"},
        },
        {
            "line": 3, "signals": {"sha1": [SHA1]}, "id": "two", "code": "", "scheme": "",
            "size": None, "fields": {},
        },
    ]  # fmt: skip


def test_quoted_line_ends_and_blank_lines_keep_the_numbers_right(file):
    good, bad = read(
        file(
            f'md5,note\r\n{MD5},"two\r\nlines"\r\n\r\n{MD5},"three\n\nlines"\r\nbad,x\r\n{MD5},\r\n'
        )
    )
    assert [entry["line"] for entry in good] == [2, 5, 9]
    assert good[0]["fields"] == {"note": "two\r\nlines"}
    assert [line for line, _ in bad] == [8]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_byte_order_marks(file, encoding):
    path = file(f"md5;note\n{MD5};grüße\n".encode(encoding))
    assert choose(Source(path), None).name == "csv"
    assert read(path)[0][0]["fields"] == {"note": "grüße"}


def test_fields_that_are_not_utf_8_are_kept_but_ids_are_refused(file):
    good, bad = read(file(f"md5,id,note\n{MD5},a,caf\xe9\n{MD5},caf\xe9,b\n".encode("latin-1")))
    assert good[0]["fields"] == {"note": "caf\udce9"}
    assert bad == [(3, "id is not UTF-8 text")]


def test_several_columns_of_one_type_and_name(file):
    good, _ = read(file(f"md5,md5,id,id,note,note,\n{MD5},{MD5[::-1]},a,b,c,d,e\n"))
    assert good[0]["signals"] == {"md5": [MD5, MD5[::-1]]}
    assert good[0]["id"] == "a"
    assert good[0]["fields"] == {"id": "b", "note": "c", "note (6)": "d", "column 7": "e"}


def test_quality_belongs_to_near_signals(file):
    good, bad = read(
        file(f"pdq,md5,pdq_quality\n{'0' * 64},{MD5},37\n{'1' * 64},,\n,{MD5},5\n{'2' * 64},,101\n")
    )
    assert [entry["signals"].get("quality") for entry in good] == [37, 255, None]
    assert bad == [(5, "quality is not a whole number from 0 to 100")]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (f"{MD5}", "1 columns where the header has 3"),
        (f"{MD5},1,2,3", "4 columns where the header has 3"),
        (f"{MD5[:-1]},1,x", "md5"),
        (f"{MD5[:-1]}g,1,x", "md5"),
        (f"{MD5},-1,x", "size"),
        (f"{MD5},1.5,x", "size"),
        (f"{MD5},{1 << 63},x", "size"),
        (f"{MD5},²,x", "size"),
        (f'{MD5},1,"x"y', "not CSV"),
    ],
)
def test_bad_rows_say_why_without_the_value(file, row, reason):
    good, bad = read(file(f"md5,size,note\n{MD5},1,x\n{row}\n{MD5},2,y\n"))
    assert [entry["line"] for entry in good] == [2, 4]
    assert [line for line, _ in bad] == [3]
    assert reason in bad[0][1]
    assert MD5[:-1] not in bad[0][1]


def test_a_quote_that_never_closes_is_loud(file):
    with pytest.raises(BadList, match="a quote does not close before line 2"):
        read(file(f'md5,note\n{MD5},"cut of'))


def test_bad_rows_beyond_one_batch_keep_their_numbers(file):
    rows = [f"{number:032x},{number}" for number in range(150_000)]
    rows[100_000] = "bad,1"
    good, bad = read(file("md5,note\n" + "\n".join(rows)))
    assert bad[0][0] == 100_002
    assert [entry["line"] for entry in good[:2] + good[-1:]] == [2, 3, 150_001]
    assert all(entry["fields"]["note"] == str(entry["line"] - 2) for entry in good)


def test_a_header_without_signals_is_refused(file):
    with pytest.raises(BadList, match="signal type"):
        read(file("name,size\na,1\n"))


@pytest.mark.parametrize("text", [f"md5,{MD5}\n", f"{MD5},a\n", f"md5 {MD5}\n", f"{MD5}\n"])
def test_what_has_no_header_is_no_table(file, text):
    assert not module.detect(Source(file(text)))


def test_icse_export_keeps_every_column(file):
    good, bad = read(
        file(
            "MD5;SHA1;PhotoDNA;Image ID;Is distributed;Victim identified;Offender identified;"
            "Series name;Number of submissions;File Available;Media Type;Baseline\n"
            f"{MD5.upper()};{SHA1};{'00' * 144};77;y;n;f;S;3;true;image;yes\n"
        )
    )
    assert not bad
    assert set(good[0]["signals"]) == {"md5", "sha1", "photodna"}
    assert good[0]["id"] == "77"
    assert good[0]["fields"]["Baseline"] == "yes"
    assert len(good[0]["fields"]) == 8


CELL = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=8)


@given(st.lists(st.tuples(CELL, CELL), max_size=20), st.sampled_from(",;\t|"))
def test_whatever_the_csv_module_writes_comes_back(tmp_path_factory, rows, delimiter):
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=delimiter, quoting=csv.QUOTE_ALL)
    writer.writerow(["md5", "a", "b"])
    writer.writerows([MD5, *row] for row in rows)
    path = tmp_path_factory.mktemp("csv") / "list.csv"
    path.write_text(buffer.getvalue(), encoding="utf-8", newline="")
    good, bad = read(path)
    assert not bad
    wanted = [{k: v for k, v in zip("ab", row, strict=True) if v} for row in rows]
    assert [entry["fields"] for entry in good] == wanted


def test_a_quote_that_never_closes_is_no_single_bad_line(imported, digest):
    """It would take everything behind it with it, as one row that may be skipped."""
    rows = [f'{n},{digest("md5", n)},"\n' for n in range(3)]
    with pytest.raises(BadList, match="quote"):
        imported("id,md5,note\n" + "".join(rows), skip_bad=True)
    huge = f'1,{digest("md5", 1)},"' + "x\n" * (1 << 20)
    with pytest.raises(BadList, match="quote"):
        imported("id,md5,note\n" + huge, skip_bad=True)


def test_what_is_no_csv_is_written_to_the_rejects(imported, digest, tmp_path):
    bad = f'1,{digest("md5", 1)},"a"b'
    result = imported(f"id,md5,note\n{bad}\n2,{digest('md5', 2)},x\n", skip_bad=True)
    assert (result.added, result.rejected) == (1, 1)
    assert digest("md5", 1) in result.rejects_file.read_text()
