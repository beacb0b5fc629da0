"""The API beside the pages: what it answers, what it refuses, and that it is as described."""

import json
import socket
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import jsonschema
import psutil
import pytest
from helpers.served import CEILING, Answer, Served, write_notebook

import dnaviz
from dnaviz.sequences import MAX_LENGTH, MAX_RECORDS, MIN_LENGTH
from dnaviz.serving import api, api_work, fork
from dnaviz.serving.api_work import answer

pytestmark = pytest.mark.skipif(not fork.possible(), reason="Kernels are not forked here.")

GENE = (
    "tttgcatcctgtttcttttcttttcagGCTGAAGAAGCTGCAGGAACTGAAGGAAATGAACCTGCTGGAGAAGCTGCAGAAG"
    "gtaagtattttttacatgttgcacatttcattcctgaaacgtgacctgaagtcttt"
)


def post(url: str, body: object, **headers: str) -> Answer:
    """Send JSON (or bytes as they are) and return the answer."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"Content-Type": "application/json"} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    request = urllib.request.Request(url, data, headers)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=CEILING) as reply:
            return Answer(reply.status, dict(reply.headers), reply.read())
    except urllib.error.HTTPError as error:
        return Answer(error.code, dict(error.headers), error.read())


def check(schema: object, value: object) -> None:
    """Fail where a value is not as a part of the description says."""
    whole = {**api.description(), "$schema": "https://json-schema.org/draft/2020-12/schema"}
    jsonschema.Draft202012Validator({**whole, **schema}).validate(value)


def described(path: str, reply: Answer) -> None:
    """Fail where an answer is not as its operation's description says."""
    responses = api.description()["paths"][path]["post"]["responses"]
    about = responses[str(reply.status)]
    if "$ref" in about:
        about = api.description()["components"]["responses"][about["$ref"].rpartition("/")[2]]
    check(about["content"]["application/json"]["schema"], reply.json)
    assert reply.headers["Content-Type"] == "application/json"


def test_a_scan_is_that_of_python(served):
    reply = post(served.url + "api/scan", {"sequence": f">a\n{GENE}\n>b\n{GENE[::-1]}"})
    assert reply.status == 200
    described("/scan", reply)
    first, second = reply.json["sequences"]
    assert (first["name"], first["length"]) == ("a", len(GENE))
    assert second["name"] == "b"
    expected = dnaviz.scan(GENE).sites
    assert expected
    assert [(s["position"], s["strand"], s["site"], s["motif"]) for s in first["sites"]] == [
        site[:4] for site in expected
    ]
    probabilities = [site["probability"] for site in first["sites"]]
    assert probabilities == pytest.approx([site.probability for site in expected], abs=1e-4)


def test_variants_are_scored_as_in_python_and_a_wrong_one_says_why(served):
    start = GENE.index("GCTG")
    donor = GENE.index("gtaagt") + 1
    texts = [f"{donor}G>A", f"{donor - 1}G>A", f"n.{donor - start - 1}G>A", f"{donor}C>T", ""]
    reply = post(served.url + "api/variants", {"sequence": GENE, "variants": texts})
    assert reply.status == 200
    described("/variants", reply)
    rows = reply.json["variants"]
    assert [row["variant"] for row in rows] == texts
    effect = dnaviz.splice_effect(GENE, texts[0])
    exon = (start + 1, donor - 1)
    assert rows[0]["scored_exon"] == list(exon)
    assert rows[0]["risk"] == pytest.approx(effect.exon([exon]).risk, abs=1e-4)
    assert rows[0]["deltas"]["donor_loss"]["position"] == donor
    assert rows[0]["delta_max"] == pytest.approx(effect.delta_max, abs=1e-4)
    assert {**rows[2], "variant": texts[1]} == rows[1] != rows[0]
    assert set(rows[3]) == set(rows[4]) == {"variant", "error"}
    assert str(donor) in rows[3]["error"]


def test_of_both_strands_the_larger_delta_is_told():
    donor = GENE.index("gtaagt") + 1
    body = {"sequence": GENE, "variants": [f"{donor}G>A"]}
    rows = {
        strand: answer("variants", json.dumps({**body, "strand": strand}).encode()).body["variants"]
        for strand in ("+", "-", "both")
    }
    assert rows["+"][0]["delta_max"] > rows["-"][0]["delta_max"]
    assert rows["both"] == rows["+"]
    assert rows["-"][0]["strand"] == "-"


def test_without_a_transcript_both_strands_are_looked_at():
    plain = dnaviz.sequences.reverse_complement(GENE.upper())
    donor = len(plain) + 1 - (GENE.index("gtaagt") + 1)
    body = {"sequence": plain, "variants": [f"{donor}C>T"]}
    (row,) = answer("variants", json.dumps(body).encode()).body["variants"]
    assert row["strand"] == "-"
    assert row["delta_max"] == pytest.approx(
        dnaviz.splice_effect(plain, f"{donor}C>T", strand="-").delta_max, abs=1e-4
    )


def test_with_transcripts_on_both_strands_both_are_looked_at():
    """And not that of the transcript that happens to be named first."""
    sequence = GENE + dnaviz.sequences.reverse_complement(GENE)
    length = len(sequence)
    features = f"     mRNA  28..82\n     mRNA  complement({length - 81}..{length - 27})"
    entry = f"LOCUS A\nFEATURES\n{features}\nORIGIN\n{sequence}\n//\n"
    donor = length - 82
    body = {"sequence": entry, "variants": [f"{donor}C>T"]}
    (row,) = answer("variants", json.dumps(body).encode()).body["variants"]
    assert row["strand"] == "-"
    assert row["deltas"]["donor_loss"]["position"] == donor
    (forward,) = answer("variants", json.dumps({**body, "strand": "+"}).encode()).body["variants"]
    assert forward["delta_max"] < row["delta_max"]


def test_a_variant_that_leaves_nothing_has_an_error_and_the_others_go_on():
    donor = GENE.index("gtaagt") + 1
    body = {"sequence": GENE, "variants": [f"1_{len(GENE)}del", f"{donor}G>A"]}
    reply = answer("variants", json.dumps(body).encode())
    assert reply.status == 200
    gone, scored = reply.body["variants"]
    assert "delete all" in gone["error"]
    assert scored["delta_max"] > 0


@pytest.mark.parametrize("path", ["/scan", "/variants"])
def test_the_example_of_the_description_is_one(path):
    operation = api.description()["paths"][path]["post"]
    content = operation["requestBody"]["content"]["application/json"]
    check(content["schema"], content["example"])
    reply = answer(operation["operationId"], json.dumps(content["example"]).encode())
    assert reply.status == 200
    assert not any("error" in row for row in reply.body.get("variants", ()))


def test_limits_are_those_that_are_described():
    schemas = api.description()["components"]["schemas"]
    variants = schemas["VariantsRequest"]["properties"]["variants"]
    assert variants["maxItems"] == api_work.MAX_VARIANTS
    text = schemas["ScanRequest"]["properties"]["sequence"]["description"]
    assert f"{MIN_LENGTH} to {MAX_LENGTH:,} nt" in text
    assert f"{MAX_RECORDS:,} records" in text
    assert set(api.description()["paths"]) == {f"/{name}" for name in api_work.ACTIONS}


WRONG = [
    ("scan", b"", "is not JSON"),
    ("scan", b"\xff{}", "is not JSON"),
    ("scan", b"[" * 100_000, "is not JSON"),
    ("scan", b'{"sequence": NaN}', "is not JSON"),
    ("scan", [], "is not an object"),
    ("scan", {}, '"sequence" is a text'),
    ("scan", {"sequence": 7}, '"sequence" is a text'),
    ("scan", {"sequence": GENE, "treshold": 1}, 'no "treshold" here'),
    ("scan", {"sequence": GENE, "threshold": 2}, "from 0 to 1"),
    ("scan", {"sequence": GENE, "threshold": True}, "from 0 to 1"),
    ("scan", {"sequence": GENE, "threshold": "0.5"}, "from 0 to 1"),
    ("scan", {"sequence": GENE, "threshold": 10**400}, "from 0 to 1"),
    (
        "scan",
        b'{"sequence": "", "threshold": 0.9, "threshold": 0.1}',
        '"threshold" is given more than once',
    ),
    ("scan", {"sequence": GENE, "strand": ["+"]}, '"strand" is'),
    ("scan", {"sequence": "ACGT"}, "20"),
    ("scan", {"sequence": GENE + "!"}, "is not a nucleotide"),
    ("scan", {"sequence": "ACGT" * 1500, "threshold": 0}, "choose a higher one"),
    ("variants", {"sequence": GENE}, '"variants" is a list'),
    ("variants", {"sequence": GENE, "variants": "57A>G"}, '"variants" is a list'),
    ("variants", {"sequence": GENE, "variants": [57]}, '"variants" is a list'),
    ("variants", {"sequence": GENE, "variants": []}, "1 to 1,000 variants"),
    ("variants", {"sequence": GENE, "variants": ["1T>A"] * 1001}, "not 1,001"),
    ("variants", {"sequence": f">a\n{GENE}\n>b\n{GENE}", "variants": ["1T>A"]}, "there are 2"),
]


@pytest.mark.parametrize(("name", "body", "words"), WRONG)
def test_a_wrong_request_gives_one_sentence(name, body, words):
    reply = answer(name, body if isinstance(body, bytes) else json.dumps(body).encode())
    assert reply.status == 400
    assert words in reply.body["detail"]
    assert "\n" not in reply.body["detail"]


def test_what_of_an_entry_is_left_out_is_told():
    place = "join(AB2.1:1..60,20..90)"
    entry = f"LOCUS A\nFEATURES\n     mRNA            {place}\nORIGIN\n{GENE}\n//\n"
    for body in ({"sequence": entry}, {"sequence": entry, "variants": ["30G>A"]}):
        reply = answer("variants" if "variants" in body else "scan", json.dumps(body).encode())
        assert reply.status == 200
        assert (
            f'is left out, without a place on one strand of this record: mRNA in line 3, "{place}"'
            in (reply.body["warning"])
        )


def test_a_mark_of_the_order_of_bytes_is_no_part_of_a_request():
    body = json.dumps({"sequence": GENE}).encode()
    assert answer("scan", b"\xef\xbb\xbf" + body) == answer("scan", body)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content_Encoding": "gzip"}, 415),
        ({"Content_Type": "text/plain"}, 415),  # as a form of another site could send it
        ({"Sec_Fetch_Site": "cross-site"}, 403),
        ({"Sec_Fetch_Site": "same-site"}, 403),
        ({"Origin": "http://evil.example"}, 403),
        ({"Host": "evil.example"}, 403),
        ({"Sec_Fetch_Site": "same-origin"}, 200),
        ({"Content_Type": "application/json; charset=utf-8"}, 200),
    ],
)
def test_other_sites_may_not_ask(served, headers, status):
    reply = post(served.url + "api/scan", {"sequence": GENE}, **headers)
    assert reply.status == status
    described("/scan", reply)


def test_what_is_no_request_of_the_api_is_refused_in_json(served):
    long = post(served.url + "api/scan", {"sequence": "A" * 3_000_000})
    assert long.status == 413
    described("/scan", long)
    assert "1 MB at most" in long.json["detail"]
    other = post(served.url + "api/scan", {"sequence": "A" * 3_000_000}, Content_Type="text/plain")
    assert other.status == 415
    wrong = post(served.url + "api/variants", {"sequence": GENE})
    assert wrong.status == 400
    described("/variants", wrong)
    read = served.get("api/scan")
    assert read.status == 405
    described("/scan", read)
    assert "POST" in read.json["detail"]
    for path in ("api/nosuch", "api/", "api/scan/", "api/kernels/1"):
        for reply in (served.get(path), post(served.url + path, {})):
            assert reply.status == 404
            assert reply.headers["Content-Type"] == "application/json"
            assert list(reply.json) == ["detail"]
            assert "openapi.json" in reply.json["detail"]
    assert GENE not in served.log
    assert "path=/api/variants" in served.log


def test_what_is_asked_in_the_address_is_refused(served):
    reply = post(served.url + "api/scan?threshold=0.1", {"sequence": GENE})
    assert reply.status == 400
    described("/scan", reply)
    assert "in the JSON of the request" in reply.json["detail"]


def test_a_request_of_unknown_length_is_refused_in_json(served):
    host, port = served.url.split("/")[2].split(":")
    with socket.create_connection((host, int(port)), timeout=CEILING) as line:
        head = f"POST /api/scan HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: chunked\r\n\r\n"
        line.sendall(head.encode())
        head, _, body = line.makefile("rb").read().decode().partition("\r\n\r\n")
    status, *headers = head.splitlines()
    reply = Answer(int(status.split()[1]), dict(h.split(": ") for h in headers), body.encode())
    assert reply.status == 411
    described("/scan", reply)
    assert "Content-Length" in reply.json["detail"]


def test_the_description_is_served(served):
    about = served.get("api/openapi.json").json
    assert about["openapi"].startswith("3.1")
    assert about["info"]["version"] == dnaviz.__version__
    assert about["servers"] == [{"url": "/api"}]


@contextmanager
def computing(served):
    """Ask for what takes long; yield the process that computes it, and the line to who asked."""
    host, port = served.url.split("/")[2].split(":")
    records = "".join(f">{name}\n{GENE * 1300}\n" for name in "abcde")
    body = json.dumps({"sequence": records, "threshold": 0.9}).encode()
    served.wait_until_ready()  # else the page that it opens itself has a process, too
    served.wait_for_viewers(0)
    others = set(served.family())
    with socket.create_connection((host, int(port)), timeout=60) as line:
        head = f"POST /api/scan HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
        line.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        served.wait_for_viewers(1)
        while not (own := set(served.family()) - others):
            time.sleep(0.05)
        (process,) = own
        while process.cpu_times().user < 0.5:  # until it computes
            time.sleep(0.05)
        yield process, line


def test_who_leaves_takes_the_process_along(served):
    with computing(served) as (process, _):
        process.suspend()  # It would never end by itself.
    served.wait_for_viewers(0, seconds=60)
    _, alive = psutil.wait_procs([process], timeout=60)
    assert not alive
    assert served.get("healthz").json["ready"]
    assert "request without an answer" not in served.log


def test_of_a_process_that_dies_the_log_and_the_monitor_tell(served):
    sample = 'dnaviz_kernels_ended_total{why="its process has died"} '
    before = float(served.get("metrics").text.partition(sample)[2].split("\n")[0])
    with computing(served) as (process, line):
        process.kill()
        assert line.recv(100).split()[1] == b"500"
    served.wait_for_line('event="request without an answer" why="its process has died"')
    after = float(served.get("metrics").text.partition(sample)[2].split("\n")[0])
    assert after == before + 1


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A server with a token, one place, a path, and little patience."""
    folder = tmp_path_factory.mktemp("boards")
    write_notebook(folder / "board.ipynb", "1")
    arguments = ["--dashboards", str(folder), "--kernels", "forked", "--base-url", "/a/"]
    arguments += ["--token", "the-token", "--max-viewers", "1", "--action-seconds", "1"]
    with Served(arguments) as served:
        served.wait_until_ready()
        yield served


def test_the_token_is_needed(small):
    url = small.url + "api/scan"
    for headers in ({}, {"Authorization": "Bearer wrong"}):
        reply = post(url, {"sequence": GENE}, **headers)
        assert reply.status == 401
        assert reply.headers["Www-Authenticate"] == "Bearer"
        described("/scan", reply)
        assert small.get("api/openapi.json", **headers).status == 401
    assert post(url, {"sequence": GENE}, Authorization="Bearer the-token").status == 200
    assert post(url + "?token=the-token", {"sequence": GENE}).status == 200
    about = small.get("api/openapi.json", Authorization="Bearer the-token").json
    assert about["servers"] == [{"url": "/a/api"}]


def test_a_request_needs_a_place_and_has_the_time_of_an_action(small):
    url, token = small.url + "api/scan", {"Authorization": "Bearer the-token"}
    long = post(url, {"sequence": ">a\n" + GENE * 1400, "threshold": 0.9}, **token)
    assert long.status == 400
    assert "more than 1 seconds of computing" in long.json["detail"]
    page = small.get("board", **token)
    busy = post(url, {"sequence": GENE}, **token)
    assert busy.status == 503
    assert int(busy.headers["Retry-After"]) > 0
    described("/scan", busy)
    kernel = page.text.partition('"kernelId": "')[2].partition('"')[0]
    small.get(f"voila/api/shutdown/{kernel}", method="POST", **token)
    small.wait_for_viewers(0)
    assert post(url, {"sequence": GENE}, **token).status == 200


def test_without_forked_processes_there_is_no_api():
    assert api.routes(False) == []
    assert Path(api.DESCRIPTION).is_file()
