"""An mkdocs hook: a page is known by its path in the repository, and brings what it links to.

So a link such as `../imagematch_core/errors.py` works in the files of the repository and on the
site alike, and one that leads nowhere fails the build. Pages elsewhere in the repository become
pages of the site, pictures are copied, other text is shown as code.
"""

import posixpath
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files, InclusionLevel

_MARKDOWN = MarkdownIt("commonmark").enable("table")
_COPIED = {".png", ".svg", ".jpg", ".npz"}
_LANGUAGES = {".py": "python", ".json": "json", ".sql": "sql", ".yml": "yaml"}


class Source(File):
    """A text that is no Markdown, shown as a page."""

    def is_documentation_page(self) -> bool:
        return True


def on_files(files: Files, *, config: MkDocsConfig) -> Files:
    """Take the pages of `docs` under their paths in the repository, and add what they link to."""
    root = Path(config.config_file_path).parent
    pages = []
    for file in list(files):
        if file.src_dir == config.docs_dir:
            files.remove(file)
            source = posixpath.join(Path(config.docs_dir).name, file.src_uri)
            moved = File(source, str(root), config.site_dir, False, dest_uri=file.dest_uri)
            files.append(moved)
            pages.append(moved)
    while pages:
        page = pages.pop()
        if page.src_uri.endswith(".md"):
            for target in sorted(_linked(page)):
                inside = (root / target).resolve().is_relative_to(root.resolve())
                known = files.get_file_from_path(target)
                if inside and not known and (root / target).is_file():
                    added = _outside(root, target, config)
                    files.append(added)
                    pages.append(added)
    return files


def _linked(page: File) -> set[str]:
    """What a page links to, as paths from the repository."""
    folder = posixpath.dirname(page.src_uri)
    found = set()
    for token in _tokens(_MARKDOWN.parse(page.content_string)):
        link = urlsplit(str(token.attrs.get("href") or token.attrs.get("src") or ""))
        if link.path and not link.scheme and not link.netloc:
            found.add(posixpath.normpath(posixpath.join(folder, unquote(link.path))))
    return found


def _tokens(tokens: list[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from _tokens(token.children or [])


def _outside(root: Path, path: str, config: MkDocsConfig) -> File:
    suffix = posixpath.splitext(path)[1]
    kind = File if suffix == ".md" or suffix in _COPIED else Source
    place = posixpath.join("repository", path)
    if suffix == ".md":
        place = posixpath.splitext(place)[0] + ".html"
    elif kind is Source:
        place += ".html"
    file = kind(
        path,
        str(root),
        config.site_dir,
        False,
        dest_uri=place,
        inclusion=InclusionLevel.NOT_IN_NAV,
    )
    if kind is Source:
        file.content_string = _shown(path, file.content_string)
    return file


def _shown(path: str, text: str) -> str:
    language = _LANGUAGES.get(posixpath.splitext(path)[1], "text")
    return (
        "---\nsearch:\n  exclude: true\nhide: [toc]\n---\n\n"
        f"# {posixpath.basename(path)}\n\n`{path}`\n\n"
        f"~~~~~~~~ {language}\n{text}\n~~~~~~~~\n"
    )
