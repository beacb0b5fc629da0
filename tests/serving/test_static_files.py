"""What pages load: compressed once, kept by browsers where that is safe, ready to be drawn with."""

from __future__ import annotations

import asyncio
import gzip
import re

import pytest
from helpers.served import write_notebook
from plotly.offline import get_plotlyjs, get_plotlyjs_version

from dnaviz.serving import rendering, static_files
from dnaviz.serving.dashboards import default_directory


def test_the_drawing_library_comes_by_an_address_of_its_version(served):
    libraries = static_files.drawing_libraries()
    assert get_plotlyjs_version() in libraries.whole
    answer = served.get(f"assets/{libraries.whole}", Accept_Encoding="gzip")
    assert "immutable" in answer.headers["Cache-Control"]
    assert answer.headers["Content-Encoding"] == "gzip"
    assert "javascript" in answer.headers["Content-Type"]
    assert gzip.decompress(answer.body).decode() == get_plotlyjs()
    assert len(answer.body) < len(get_plotlyjs()) / 2
    assert served.get("assets/plotly-0.0.js").status == 404
    if libraries.small:
        small = served.get(f"assets/{libraries.small}", Accept_Encoding="gzip")
        assert small.status == 200
        assert "max-age=31" in small.headers["Cache-Control"]
        assert len(small.body) < len(answer.body) / 2


def test_a_small_library_of_another_version_is_not_used(monkeypatch, tmp_path):
    other = tmp_path / "plotly-cartesian.min.js"
    other.write_text("/**\n* plotly.js (cartesian - minified) v0.1.2\n*/")
    monkeypatch.setattr(static_files, "SMALL_LIBRARY", other)
    assert static_files.drawing_libraries().small is None
    assert static_files.drawing_libraries().whole
    monkeypatch.setattr(static_files, "find_spec", lambda name: None)
    assert static_files.drawing_libraries() is None


@pytest.mark.parametrize(
    "path", ["assets/dnaviz.css", "assets/colors.css", "voila/templates/lab/static/voila.js"]
)
def test_text_travels_compressed_and_is_the_same(served, path):
    plain, packed = served.get(path), served.get(path, Accept_Encoding="gzip")
    assert plain.status == packed.status == 200
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.body) == plain.body
    assert int(packed.headers["Content-Length"]) == len(packed.body) < len(plain.body)
    assert served.get(path, method="HEAD", Accept_Encoding="gzip").body == b""
    part = served.get(path, Range="bytes=0-9")
    assert part.status == 206
    assert part.body == plain.body[:10]
    tag = packed.headers["Etag"]
    assert served.get(path, Accept_Encoding="gzip", If_None_Match=tag).status == 304


def test_only_our_own_dashboards_load_the_library_ahead(tmp_path):
    from dnaviz.serving.app import Options, Server

    write_notebook(tmp_path / "board.ipynb", "1")
    assert Server(Options(directory=tmp_path)).libraries is None
    assert Server(Options()).directory == default_directory().resolve()
    assert Server(Options()).libraries == static_files.drawing_libraries()


def test_a_file_is_compressed_anew_when_it_has_changed(tmp_path):
    path = tmp_path / "a.css"
    path.write_text("one" * 100)
    first = static_files.packed(str(path), 1)
    path.write_text("two" * 100)
    assert static_files.packed(str(path), 1) is first
    assert gzip.decompress(static_files.packed(str(path), 2)) == b"two" * 100


def test_a_page_loads_the_pieces_of_the_application_ahead(served):
    text = served.get("splice-inspector").text
    kernel = text.partition('"kernelId": "')[2].partition('"')[0]
    served.get(f"voila/api/shutdown/{kernel}", method="POST")
    ahead = re.findall(r'<link rel="preload" as="script" href="/(\S+)">', text)
    assert len(ahead) > 20
    assert all(served.get(path, method="HEAD").status == 200 for path in ahead)


def test_without_the_application_no_piece_of_it_is_known(tmp_path):
    assert rendering.module_chunks([str(tmp_path)]) == []
    (tmp_path / "voila.js").write_text("x.e(12),x.e(34),x.e(12)")
    (tmp_path / "12.voila.js").write_text("")
    assert rendering.module_chunks(["/nosuch", str(tmp_path)]) == ["12.voila.js"]


def test_templates_are_compiled_once():
    compiled = rendering.Compiled()

    def environment():
        from jinja2 import DictLoader, Environment

        return Environment(loader=DictLoader({"a": "{{ x }}!"}), bytecode_cache=compiled)

    assert environment().get_template("a").render(x=1) == "1!"
    assert len(compiled.codes) == 1
    assert environment().get_template("a").render(x=2) == "2!"
    assert len(compiled.codes) == 1


def test_a_kernel_is_ready_as_soon_as_it_answers_and_nothing_it_prints_is_lost(tmp_path):
    from jupyter_client.manager import AsyncKernelManager

    from dnaviz.serving.kernelspec import OneKernelSpec

    async def visit():
        manager = AsyncKernelManager(
            kernel_spec_manager=OneKernelSpec(kernels="ordinary"),
            client_factory=rendering.Client,
            transport="ipc", connection_file=f"{tmp_path}/k.json", ip=f"{tmp_path}/k",
        )  # fmt: skip
        await manager.start_kernel()
        client = manager.client()
        client.start_channels()
        await client.wait_for_ready(timeout=60)
        said = []
        await client.execute_interactive(
            "print('here')", output_hook=lambda message: said.append(message["content"])
        )
        await manager.shutdown_kernel(now=True)
        with pytest.raises(RuntimeError, match=r"died|did not answer"):
            await client.wait_for_ready(timeout=0.1)
        client.stop_channels()
        return said

    assert {"name": "stdout", "text": "here\n"} in asyncio.run(visit())
