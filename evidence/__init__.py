"""What a run leaves behind, as masked JSON lines; knows neither who writes it nor who reads it."""

from evidence.masking import mask, mask_value, register
from evidence.reading import Broken, BrokenEvidenceError, Reading
from evidence.recorder import Recorder
from evidence.run import ENVIRONMENT_VARIABLE, Run

__all__ = [
    "ENVIRONMENT_VARIABLE",
    "Broken",
    "BrokenEvidenceError",
    "Reading",
    "Recorder",
    "Run",
    "mask",
    "mask_value",
    "register",
]
