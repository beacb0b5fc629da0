import base64
import json

import numpy as np
import pytest

from dnaviz.figures.drawing import Drawing, trace
from dnaviz.figures.theme import themed_spec


def read(value):
    """JSON as plotly.js takes it: arrays in base64 are arrays."""
    if isinstance(value, dict) and "bdata" in value:
        array = np.frombuffer(base64.b64decode(value["bdata"]), value["dtype"])
        shape = [int(n) for n in value["shape"].split(",")] if "shape" in value else [-1]
        return array.reshape(shape).tolist()
    if isinstance(value, dict):
        return {name: read(part) for name, part in value.items()}
    return [read(part) for part in value] if isinstance(value, list) else value


DRAWING = themed_spec(
    [
        trace("scatter", x=np.arange(3), y=np.array([0.5, 1.5, -2], np.float32), name="<b>ä</b>"),
        trace(
            "heatmap",
            x=np.array([2**31 - 1, 7]),
            z=np.arange(6, dtype=np.float64).reshape(3, 2).T[:, ::-1],
            text=np.array([["a", "b", "c"], ["d", "e", "f"]]),
            zmin=np.float32(-1.5),
            colorscale=[(0.0, "#000000"), (1.0, "#ffffff")],
        ),
        trace("scatter", x=[1, None], y=[None, 2]),
    ],
    {"xaxis": {"range": [0, np.int64(4)]}},
    height=200,
)


def test_drawing_equals_plotly_figure():
    ours, others = (read(json.loads(d.to_json())) for d in (DRAWING, DRAWING.figure()))
    assert ours == others
    assert ours["data"][1]["z"] == [[4.0, 2.0, 0.0], [5.0, 3.0, 1.0]]


def test_gaps_of_a_line_stay_gaps():
    x = json.loads(themed_spec([trace("scatter", x=np.array([1, np.nan]))], {}).to_json())["data"][
        0
    ]["x"]
    assert np.isnan(np.frombuffer(base64.b64decode(x["bdata"]), x["dtype"])[1])


def test_non_data_is_refused():
    with pytest.raises(TypeError, match="set"):
        Drawing([], {"title": {1}}).to_json()
