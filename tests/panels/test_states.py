"""The whole state of every panel goes through JSON and through an address, and comes back."""

import json

import pytest
import traitlets

from dnaviz.errors import InputError
from dnaviz.panels.latent_map.state import MapState
from dnaviz.panels.reconstruction.state import ReconstructionState
from dnaviz.panels.splice_inspector.state import InspectorState

DICTS = {"hidden": {"label": ["donor", "ü&=#%"]}, "between": {"gc": [0.25, 0.75]}}


def another(name, trait):
    """A valid value of a trait that is not its default."""
    if isinstance(trait, traitlets.Enum):
        return next(value for value in trait.values if value != trait.default())
    if isinstance(trait, traitlets.Bool):
        return not trait.default()
    if isinstance(trait, traitlets.Int | traitlets.Float):
        low, high = (0 if trait.min is None else trait.min), trait.max
        return low + 1 if high in (None, float("inf")) else low + (high - low) / 8
    if isinstance(trait, traitlets.Dict):
        return DICTS[name]
    return ">a b&c=#d%20\nACGT"


@pytest.mark.parametrize("kind", [MapState, InspectorState, ReconstructionState])
def test_every_trait_round_trips(kind):
    state = kind()
    for name, trait in state.traits().items():
        setattr(state, name, another(name, trait))
    assert state.to_dict(changed_only=True).keys() == state.traits().keys()
    through_json, through_link = kind(), kind()
    assert through_json.from_dict(json.loads(json.dumps(state.to_dict()))) == []
    assert through_json.to_dict() == state.to_dict()
    assert through_link.from_query("?" + state.to_query()) == []
    assert through_link.to_dict() == state.to_dict()


@pytest.mark.parametrize("kind", [MapState, InspectorState, ReconstructionState])
def test_nan_is_no_number_of_a_state(kind):
    state = kind()
    numbers = [n for n, trait in state.traits().items() if isinstance(trait, traitlets.Float)]
    assert numbers
    for name in numbers:
        with pytest.raises(traitlets.TraitError):
            setattr(state, name, float("nan"))
    assert state.to_dict(changed_only=True) == {}


@pytest.mark.parametrize("kind", [MapState, InspectorState, ReconstructionState])
def test_a_name_that_is_no_part_of_a_state_is_refused(kind):
    state = kind()
    with pytest.raises(InputError, match=r"has no part 'treshold'; it has .*space"):
        state.treshold = 0.3
    assert not hasattr(state, "treshold")
