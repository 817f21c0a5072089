"""Every hazard of VICS files that the reference lists, by its number (section 1.6)."""

from __future__ import annotations

import base64
import hashlib
import json

import pytest

from tidebreak.errors import BadList, UsageError
from tidebreak.lists.formats import choose
from tidebreak.lists.formats import vics as module
from tidebreak.lists.source import Source
from tidebreak.model import ListKind

A, B, C, EMPTY, D = (hashlib.md5(text).hexdigest() for text in (b"a", b"b", b"c", b"", b"d"))
SHA1_A = hashlib.sha1(b"a").hexdigest()
PDNA = base64.b64encode(bytes(range(144))).decode()
MODEL = "http://github.com/VICSDATAMODEL/ProjectVic/DataModels/2.0.xml/US/$metadata#"
SERIES = 'SYNTHETIC ] } " , series'

HASH_SET = {
    "@odata.context": MODEL + "Media",
    "value": [
        {
            "MediaID": 1, "Category": 1, "MD5": A.upper(), "SHA1": SHA1_A.upper(),
            "PhotoDNA": PDNA, "MediaSize": 1, "DateUpdated": "2026-01-02T03:04:05.0000Z",
            "VictimIdentified": "false", "OffenderIdentified": "false", "IsDistributed": "true",
            "IsPrecategorized": "true", "Series": SERIES, "Tags": "synthetic",
        },
        {"MediaID": 2, "Category": 0, "MD5": B},
        {
            "MediaID": 3, "Category": None, "MD5": C.upper(), "IsDistributed": False,
            "AlternativeHashes": [{"MD5": C, "HashName": "PhotoDNA", "HashValue": PDNA}],
        },
        {"MediaID": 4, "Category": 5, "MD5": EMPTY.upper(), "Comments": "to be dropped"},
        {"MediaID": 5, "MD5": D.upper(), "Comments": "no Category key"},
    ],
}  # fmt: skip

SIGHTING = {
    "MD5": A, "FileName": "a.png", "FilePath": "/DCIM/a.png",
    "Created": "2026-01-02T03:04:05.0000000Z", "Written": "/Date(1767323045000)/",
    "Accessed": "2026-01-02T03:04:05.000+01:00Z", "Unallocated": "true",
    "PhysicalLocation": 4096, "SourceID": "EX1",
}  # fmt: skip

CASE = {
    "@odata.context": MODEL + "Cases",
    "value": [
        {
            "CaseID": "{00000000-0000-0000-0000-000000000001}", "CaseNumber": "SYN-1",
            "TotalMediaFiles": 99,
            "Media": [
                {
                    "MediaID": 1, "Category": 1, "MD5": A.upper(), "MediaSize": 1,
                    "RelativeFilePath": "VIC_Files\\a.png", "MediaFiles": [SIGHTING],
                    "Exifs": [{"MD5": A, "PropertyName": "Make", "PropertyValue": "Synthetic"}],
                },
                {"MediaID": 6, "Category": 1, "MD5": A.upper(), "MediaFiles": [{"MD5": A}]},
            ],
            "SourceApplicationName": "synthetic",
        }
    ],
}  # fmt: skip


def read(path):
    entries, bad, about = [], [], {}
    for batch in module.read(Source(path)):
        signals = [{} for _ in range(len(batch))]
        for column in batch.columns:
            for row, value in zip(column.rows, column.values, strict=True):
                signals[row][column.type.name] = value.tobytes()
        entries += [
            {
                "id": batch.keys[row], "code": batch.classifications[row],
                "scheme": batch.schemes[row], "size": batch.sizes[row],
                "signals": signals[row], "fields": batch.fields[row],
            }
            for row in range(len(batch))
        ]  # fmt: skip
        bad += batch.bad
        about |= batch.about
    return entries, bad, about


@pytest.fixture
def content(file):
    def write(value, mark=False):
        return file(("\ufeff" if mark else "") + json.dumps(value), "list.json")

    return write


@pytest.mark.parametrize(
    ("key", "name", "scheme"),
    [
        ("odata.metadata", "http://github.com/ICMEC/ProjectVic/DataModels/1.2.xml#Media",
         "vics-default-1.2"),
        ("odata.metadata", "http://github.com/ICMEC/ProjectVic/DataModels/1.3.xml#Media",
         "vics-default-1.3"),
        ("@odata.context", MODEL.replace("US", "Default") + "Media", "vics-default-2.0"),
        ("@odata.context", MODEL.replace("US", "UK") + "Media", "vics-uk-2.0"),
        ("@odata.context", MODEL.replace("US", "CUSTOM") + "Media", "vics-custom-2.0"),
        ("@odata.context", "something of somebody", "vics-unknown"),
    ],
)  # fmt: skip
def test_versions_and_profiles(content, key, name, scheme):
    path = content({key: name, "value": [{"MediaID": 1, "Category": 2, "MD5": A}]})
    assert choose(Source(path), None).name == "vics"
    entries, _, about = read(path)
    assert (entries[0]["scheme"], entries[0]["code"]) == (scheme, "2")
    assert about["model"] == name


def test_a_hash_set(content):
    entries, bad, _ = read(content(HASH_SET))
    assert not bad
    assert [entry["id"] for entry in entries] == ["1", "2", "3", "4", "5"]
    first = entries[0]
    assert first["signals"] == {
        "md5": bytes.fromhex(A), "sha1": bytes.fromhex(SHA1_A), "photodna": bytes(range(144))
    }  # fmt: skip
    assert first["size"] == 1
    own = {"MediaID", "Category", "MD5", "SHA1", "PhotoDNA", "MediaSize"}
    given = HASH_SET["value"][0]
    assert first["fields"] == {k: v for k, v in given.items() if k not in own}  # hazards 9, 15


def test_1_codes_stay_verbatim_and_null_is_not_absent(content):
    entries, _, _ = read(content(HASH_SET))
    assert [entry["code"] for entry in entries] == ["1", "0", "", "5", ""]
    assert "Category" in entries[2]["fields"]
    assert "Category" not in entries[4]["fields"]


def test_2_precategorized_says_nothing_about_the_category(content):
    record = {"MediaID": 1, "MD5": A, "Category": None, "IsPrecategorized": True}
    entries, _, _ = read(content({"value": [record]}))
    assert entries[0]["code"] == ""
    assert entries[0]["fields"]["IsPrecategorized"] is True


def test_3_4_a_case_counts_its_array_and_keeps_every_entry_of_one_file(content):
    entries, bad, about = read(content(CASE, mark=True))
    assert not bad
    assert [entry["id"] for entry in entries] == ["1", "6"]
    assert {entry["signals"]["md5"].hex() for entry in entries} == {A}
    assert about["TotalMediaFiles"] == [99]
    assert about["CaseID"] == ["{00000000-0000-0000-0000-000000000001}"]
    assert about["SourceApplicationName"] == ["synthetic"]
    assert not any("MD5" in name for name in about)


def test_5_11_marks_and_odd_dates_are_kept_with_the_sighting(content, file):
    entries, _, _ = read(content(CASE, mark=True))
    assert entries[0]["fields"]["MediaFiles"] == [SIGHTING]
    assert entries[0]["fields"]["Exifs"][0]["PropertyName"] == "Make"
    with_returns = json.dumps(CASE, indent=1).replace("\n", "\r")
    assert read(file(with_returns))[0] == entries
    assert read(file(with_returns.encode("utf-16")))[0] == entries


@pytest.mark.parametrize(
    ("wrong", "line"),
    [
        ('"IsSuspected":"true""', 4),
        ('"PrecategorizationSource":"C:\\temp\\x"', 4),
        ('"Tags":"a"b"', 4),
        ('"Tags":,', 4),
    ],
)
def test_6_malformed_json_names_its_line_and_no_hash(file, wrong, line):
    text = f'{{"value":[\n{{"MediaID":1,"MD5":"{A}"}},\n{{"MediaID":2,\n{wrong},\n"MD5":"{B}"}}]}}'
    with pytest.raises(BadList, match=f"line {line}") as error:
        read(file(text))
    assert error.value.line == line
    assert A not in str(error.value)
    assert B not in str(error.value)


@pytest.mark.parametrize("which", [HASH_SET, CASE])
def test_7_a_truncated_file_is_refused_wherever_it_ends(file, which):
    text = json.dumps(which)
    for end in range(1, len(text), 7):
        with pytest.raises(BadList):
            read(file(text[:end]))


def test_9_strings_full_of_json_do_not_confuse(content):
    series = '"value":[{"MD5":"x"}]} ' + SERIES
    entries, _, _ = read(content({"value": [{"MediaID": series, "MD5": A, "Series": series}] * 3}))
    assert len(entries) == 3
    assert entries[2]["fields"]["Series"] == series


def test_10_case_of_digits_does_not_matter(content):
    mixed = "".join(c.upper() if i % 2 else c for i, c in enumerate(A))
    entries, _, _ = read(content({"value": [{"MD5": m} for m in (A, A.upper(), mixed)]}))
    assert {entry["signals"]["md5"].hex() for entry in entries} == {A}


@pytest.mark.parametrize("kind", [ListKind.ALLOW, ListKind.IGNORABLE])
def test_12_known_good_needs_a_statement(imported, catalogue, audit, kind):
    text = json.dumps(HASH_SET)
    for statement in ("", "  "):
        with pytest.raises(UsageError, match="--known-good"):
            imported(text, kind=kind, known_good_statement=statement)
    assert catalogue.lists() == []
    said = "NIST content, says the unit's librarian"
    assert imported(text, kind=kind, known_good_statement=said).added == 4
    assert any(event.detail.get("statement") == said for event in audit.events())


def test_13_memory_does_not_grow_with_the_file(file):
    import tracemalloc

    def peak(count):
        record = '{"MediaID":%d,"Category":1,"MD5":"%s","SHA1":"%s"}'
        path = file('{"value":[' + ",".join(record % (n, A, SHA1_A) for n in range(count)) + "]}")
        tracemalloc.start()
        total = sum(len(batch) for batch in module.read(Source(path)))
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert total == count
        return most

    small = peak(10_000)
    assert peak(40_000) < 1.3 * small


def test_14_photodna_is_kept_opaque_wherever_it_stands(content):
    entries, _, _ = read(content(HASH_SET))
    assert entries[2]["signals"]["photodna"] == bytes(range(144))
    assert "AlternativeHashes" not in entries[2]["fields"]


def test_15_unknown_alternative_hashes_and_fields_are_kept(content):
    unknown = {"HashName": "Foo", "HashValue": "bar"}
    record = {"MD5": A, "AlternativeHashes": [unknown], "New": {"a": [1, 2.5, None, True]}}
    entries, bad, _ = read(content({"value": [record]}))
    assert not bad
    assert entries[0]["fields"] == {"AlternativeHashes": [unknown], "New": record["New"]}


def test_pictures_are_never_imported(content):
    entries, _, _ = read(content({"value": [{"MD5": A, "Miniature": PDNA}]}))
    assert PDNA not in str(entries[0]["fields"])
    assert "left out" in entries[0]["fields"]["Miniature"]


@pytest.mark.parametrize(("given", "size"), [(7, 7), ("7", 7), ("", None), (-1, None), (1.5, None)])
def test_sizes_are_numbers_or_text(content, given, size):
    entries, _, _ = read(content({"value": [{"MD5": A, "MediaSize": given}]}))
    assert entries[0]["size"] == size
    assert entries[0]["fields"].get("MediaSize") == (given if size is None else None)


@pytest.mark.parametrize("record", [{"MD5": A[:-1]}, {"MD5": 7}, {"SHA1": A}, "text", 7])
def test_bad_records_are_numbered(content, record):
    entries, bad, _ = read(content({"value": [{"MD5": A}, record, {"MD5": B}]}))
    assert len(entries) == 2
    assert [row.line for row in bad] == [2]
    assert A[:-1] not in bad[0].reason


def test_a_record_without_any_hash_is_kept(content):
    entries, bad, _ = read(content({"value": [{"MediaID": 1}]}))
    assert not bad
    assert entries[0]["signals"] == {}


def test_deep_nesting_is_refused(imported):
    deep = f'{{"value":[{{"MD5":"{A}","x":{"[" * 100_000}1{"]" * 100_000}}}]}}'
    with pytest.raises(BadList):
        imported(deep)


@pytest.mark.parametrize("text", ["{}", '{"a":1}', "[1]", '{"a":[{"value":[1]}]}'])
def test_other_json_is_not_vics(file, text):
    assert not module.detect(Source(file(text)))
