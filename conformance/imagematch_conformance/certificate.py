"""The certificate of a run, and whether one can be believed."""

import hashlib
import json
import platform
from collections import Counter
from datetime import UTC, datetime
from importlib.metadata import Distribution, entry_points, version
from pathlib import Path
from typing import Any

from imagematch_core.drivers.registry import describe_target, scheme_of
from packaging.requirements import Requirement as Dependency

from .digest import shipped_digests
from .requirements import REQUIREMENTS
from .run import DECLARED, GOOD, MISSING, PASSED, SETTLED, UNSUPPORTED, Outcome, Run

SCHEMA = 1
CERTIFIED, NOT_CERTIFIED = "certified", "not certified"
_LABEL = "imagematch"
SUITE, CORE = "imagematch-conformance", "imagematch-core"

FIELDS: dict[str, type] = {
    "schema": int,
    "result": str,
    "reasons": list,
    "suite": dict,
    "core": dict,
    "driver": dict,
    "server": str,
    "python": str,
    "date": str,
    "seed": str,
    "capabilities": list,
    "durability": str,
    "counts": dict,
    "requirements": dict,
    "digests": dict,
    "command": str,
}
"""The fields of a certificate, all of which it has."""

Certificate = dict[str, Any]


def certificate(url: str, run: Run, *, long: bool = False, seed: int = 0) -> Certificate:
    """Say what a run has shown. The password in `url` is left out."""
    reasons = reasons_against(run)
    options = f" --long --seed {seed}" if long else ""
    if run.outcomes.get("PERSIST-008", Outcome(MISSING)).result == PASSED:
        options += " --kill-server COMMAND"
    return {
        "schema": SCHEMA,
        "result": NOT_CERTIFIED if reasons else CERTIFIED,
        "reasons": reasons,
        "suite": {"distribution": SUITE, "version": version(SUITE), "sha256": suite_digest()},
        "core": {"distribution": CORE, "version": version(CORE)},
        "driver": {
            "scheme": scheme_of(url),
            **_distribution(scheme_of(url)),
            "class": run.driver.get("name", ""),
            "api": run.driver.get("api", []),
        },
        "server": run.driver.get("server", ""),
        "python": platform.python_version(),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "seed": str(seed) if long else "derandomised",
        "capabilities": run.driver.get("capabilities", []),
        "durability": durability(run),
        "counts": _counts({name: outcome.result for name, outcome in run.outcomes.items()}),
        "requirements": {
            name: {
                "level": REQUIREMENTS[name].level_name,
                "since": REQUIREMENTS[name].since,
                "result": outcome.result,
                # What a failure printed may hold anything, and is no part of a certificate.
                **({"reason": outcome.reason} if outcome.reason and outcome.result in GOOD else {}),
            }
            for name, outcome in run.outcomes.items()
        },
        "digests": run.digests,
        "command": f"imagematch certify {describe_target(url)}{options}",
    }


def durability(run: Run) -> str:
    """Say whether it was proven that acknowledged writes survive `kill -9`, and of what."""
    server, process = (
        run.outcomes.get(name, Outcome(MISSING)) for name in ("PERSIST-008", "PERSIST-002")
    )
    if server.result == PASSED:
        return "proven: the server was killed, and processes that wrote"
    if server.result == DECLARED:
        return f"not proven: {server.reason}"
    if server.result == UNSUPPORTED and process.result == PASSED:
        return "proven: processes that wrote were killed; there is no server"
    if process.result == UNSUPPORTED:
        return "none: nothing outlives the process"
    return "not proven"


def reasons_against(run: Run) -> list[str]:
    """Why a run is not enough for a certificate; empty if it is."""
    reasons = [
        f"{name}: {outcome.result}"
        for name, outcome in run.outcomes.items()
        if outcome.result not in GOOD
    ]
    left_out = REQUIREMENTS.keys() - run.outcomes.keys()
    if left_out:
        reasons.append(f"only {len(run.outcomes)} of {len(REQUIREMENTS)} requirements were tested")
    if run.digests != shipped_digests():
        reasons.append("the digests of the hits are not those of the suite")
    if not run.driver:
        reasons.append("the driver did not say its capabilities and the version of its server")
    return reasons


def is_result(found: object) -> bool:
    """Tell whether parsed JSON is a certificate or a badge that a run wrote."""
    if not isinstance(found, dict):
        return False
    is_badge = "schemaVersion" in found and found.get("label") == _LABEL
    return is_badge or found.keys() == FIELDS.keys()


def problems(found: object) -> list[str]:
    """Return what is wrong with a certificate, seen from the installed suite."""
    if not isinstance(found, dict):
        return ["it is not a JSON object"]
    missing = [name for name, kind in FIELDS.items() if not isinstance(found.get(name), kind)]
    if missing or found["schema"] != SCHEMA:
        return [f"it has no valid {', '.join(missing) or 'schema'}"]
    return [*_problems_of_suite(found["suite"]), *_problems_of_result(found)]


def _problems_of_suite(suite: Certificate) -> list[str]:
    if suite.get("version") != version(SUITE):
        return [
            f"version {suite.get('version')} of the suite made it; to check it install that one: "
            f"pip install {SUITE}=={suite.get('version')}"
        ]
    if suite.get("sha256") != suite_digest():
        return ["the files of the suite that made it are not those of the suite that is installed"]
    return []


def _problems_of_result(found: Certificate) -> list[str]:
    results = {
        name: part.get("result") if isinstance(part, dict) else None
        for name, part in found["requirements"].items()
    }
    wrong = []
    if results.keys() != REQUIREMENTS.keys():
        wrong.append("it does not name exactly the requirements of the suite")
    for name, result in results.items():
        stated = REQUIREMENTS.get(name)
        allowed = stated is not None and (
            (result != DECLARED or stated.staged)
            and (result != UNSUPPORTED or (stated.level not in {None, *found["capabilities"]}))
            and result in SETTLED
        )
        if not allowed:
            wrong.append(f"{name} can't have the result {result!r}")
    if found["counts"] != _counts(results):
        wrong.append("its counts are not those of its requirements")
    good = not wrong and all(result in GOOD for result in results.values())
    if found["digests"] != shipped_digests():
        good = False
        if found["result"] == CERTIFIED:
            wrong.append("its digests are not those of the suite")
    if (found["result"] == CERTIFIED) != (good and not found["reasons"]):
        wrong.append(f"its result, {found['result']!r}, does not follow from its requirements")
    if not found["server"] or not found["driver"].get("version"):
        wrong.append("it does not name the versions of the driver and of the server")
    return wrong


def badge(found: Certificate) -> dict[str, Any]:
    """For shields.io's endpoint badge."""
    certified = found["result"] == CERTIFIED
    suite = found["suite"]["version"]
    return {
        "schemaVersion": 1,
        "label": _LABEL,
        "message": f"{found['result']} ({suite})",
        "color": "brightgreen" if certified else "red",
    }


def dump(found: dict[str, Any]) -> str:
    """As it is written to a file."""
    return json.dumps(found, indent=2) + "\n"


def suite_digest() -> str:
    """SHA-256 over the names and contents of the suite's files."""
    root, found = Path(__file__).parent, hashlib.sha256()
    files = {
        path.relative_to(root).as_posix(): path
        for path in root.rglob("*")
        if path.is_file() and path.suffix in {".py", ".xz", ".json", ".ini"}
    }
    for name, path in sorted(files.items()):
        content = path.read_bytes()
        found.update(f"{name} {len(content)}\n".encode())
        found.update(content)
    return found.hexdigest()


def _counts(results: dict[str, Any]) -> dict[str, dict[str, int]]:
    counts: dict[str, Counter[str]] = {}
    for name, result in results.items():
        level = REQUIREMENTS[name].level_name if name in REQUIREMENTS else "unknown"
        counts.setdefault(level, Counter())[str(result)] += 1
    return {level: dict(sorted(counted.items())) for level, counted in sorted(counts.items())}


def _distribution(name: str) -> dict[str, Any]:
    for point in entry_points(group="imagematch.drivers", name=name):
        if point.dist is not None:
            return {
                "distribution": point.dist.name,
                "version": point.dist.version,
                "dependencies": _dependencies(point.dist),
            }
    return {"distribution": "", "version": "", "dependencies": {}}


def _dependencies(distribution: Distribution) -> dict[str, str]:
    """Return the versions of what a driver needs, a database's client among them."""
    needed = map(Dependency, distribution.requires or [])
    return {
        one.name: version(one.name)
        for one in sorted(needed, key=lambda one: one.name)
        if one.marker is None or one.marker.evaluate({"extra": ""})
    }
