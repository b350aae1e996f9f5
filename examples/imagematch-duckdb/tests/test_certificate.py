"""The certificate that is shipped beside the driver."""

import json
from pathlib import Path

from imagematch_conformance.certificate import CERTIFIED, problems

CERTIFICATE = Path(__file__).parents[1] / "certificate.json"


def test_the_certificate_is_valid() -> None:
    """It was made with the suite that is installed, and says 'certified'."""
    found = json.loads(CERTIFICATE.read_text("utf-8"))
    assert problems(found) == []
    assert found["result"] == CERTIFIED
