"""`kbtool.toml`: every key is read, every fault is told with its line, and what is sound still counts."""

from pathlib import Path

import pytest

from kbtool import config
from kbtool.diagnostics import Severity


def load(folder: Path, text: str) -> tuple[config.Config, list[tuple[int, str, str]]]:
    path = folder / config.FILE_NAME
    path.write_text(text, "utf-8")
    loaded, faults = config.load(path)
    return loaded, [(d.line, d.message, d.hint) for d in faults]


def test_an_empty_file_gives_the_defaults(tmp_path: Path) -> None:
    loaded, faults = load(tmp_path, "")
    assert faults == []
    assert loaded == config.Config(vault=tmp_path / "vault", site=tmp_path / "site", root=tmp_path)


def test_every_key_is_read(tmp_path: Path) -> None:
    loaded, faults = load(
        tmp_path,
        """
        vault = "notas"
        site = "publico"
        title = "Cuaderno"
        language = "es"
        base_url = "https://example.org"
        [run]
        enabled = true
        device = "auto"
        jobs = 3
        seed = 7
        threads = 2
        timeout = 5
        memory = "1 GiB"
        sandbox = "off"
        read = ["datos"]
        write = ["salida"]
        network = true
        env = ["LANG"]
        executor = "spawn"
        [publish]
        only = true
        exclude = ["Privado/*"]
        excluded = true
        [pages]
        alias_redirects = true
        open_in_obsidian = true
        feed = false
        [diagnostics]
        orphan-note = "off"
        """,
    )
    assert faults == []
    assert loaded == config.Config(
        vault=tmp_path / "notas",
        site=tmp_path / "publico",
        root=tmp_path,
        title="Cuaderno",
        language="es",
        base_url="https://example.org",
        run=config.RunConfig(
            enabled=True,
            device="auto",
            jobs=3,
            seed=7,
            threads=2,
            timeout=5.0,
            memory=2**30,
            sandbox="off",
            read=("datos",),
            write=("salida",),
            network=True,
            env=("LANG",),
            executor="spawn",
        ),
        publish=config.PublishConfig(only=True, exclude=("Privado/*",), excluded=True),
        pages=config.PagesConfig(alias_redirects=True, open_in_obsidian=True, feed=False),
        diagnostics={"orphan-note": Severity.OFF},
    )


@pytest.mark.parametrize(
    ("text", "line", "message", "hint"),
    [
        ('titel = "x"', 1, "unknown key 'titel'", "did you mean 'title'?"),
        ("\n[run]\ntimout = 3", 3, "unknown key 'run.timout'", "did you mean 'run.timeout'?"),
        ("[rum]\n", 1, "unknown key 'rum'", "did you mean 'run'?"),
        ('[run]\nenabled = "yes"', 2, "'run.enabled' must be true or false", ""),
        ("title = 3", 1, "'title' must be a text in quotes", ""),
        ('[run]\njobs = "two"', 2, "'run.jobs' must be a whole number", ""),
        ("[run]\ntimeout = true", 2, "'run.timeout' must be a number", ""),
        ('[publish]\nexclude = "a"', 2, '\'publish.exclude\' must be a list of texts, for example ["a", "b"]', ""),
        ("[run]\nthreads = 0", 2, "'run.threads' must be at least 1", ""),
        ('[run]\nmemory = "much"', 2, "'run.memory' 'much' is not a size; write for example 3GB or 512MB", ""),
        ('[run]\nexecutor = "fast"', 2, "'run.executor' cannot be 'fast'", "one of: fork, spawn, inline, dask"),
        ('language = "de"', 1, "'language' cannot be 'de'", "one of: es, en"),
        (
            '[diagnostics]\nbroken-lnk = "off"',
            2,
            "unknown key 'diagnostics.broken-lnk'",
            "did you mean 'diagnostics.broken-link'?",
        ),
        ('[diagnostics]\nbroken-link = "loud"', 2, "'loud' is no severity", "one of: error, warning, info, off"),
        ("run = 3", 1, "'run' must be a section: [run]", ""),
    ],
)
def test_a_fault_is_told_with_its_line(tmp_path: Path, text: str, line: int, message: str, hint: str) -> None:
    _, faults = load(tmp_path, text)
    assert faults == [(line, message, hint)]


def test_what_is_sound_counts_beside_a_fault(tmp_path: Path) -> None:
    loaded, faults = load(tmp_path, 'titel = "x"\ntitle = "Cuaderno"\n[run]\nseed = 4\ntimeout = "long"\n')
    assert len(faults) == 2
    assert (loaded.title, loaded.run.seed, loaded.run.timeout) == ("Cuaderno", 4, 60.0)


def test_a_file_that_is_not_toml_tells_where(tmp_path: Path) -> None:
    loaded, faults = load(tmp_path, 'title = "a"\nsite = \n')
    assert loaded.vault == tmp_path / "vault"
    assert [line for line, _, _ in faults] == [2]


def test_a_file_that_is_not_text_is_reported(tmp_path: Path) -> None:
    path = tmp_path / config.FILE_NAME
    path.write_bytes(b"\xff\xfe\x00")
    _, faults = config.load(path)
    assert [d.code for d in faults] == ["bad-config"]


def test_the_nearest_file_upwards_is_found(tmp_path: Path) -> None:
    deep = tmp_path / "a" / "b"
    deep.mkdir(parents=True)
    (tmp_path / config.FILE_NAME).touch()
    (tmp_path / "a" / config.FILE_NAME).touch()
    assert config.find(deep) == tmp_path / "a" / config.FILE_NAME


@pytest.mark.parametrize(
    ("text", "size"), [("3GB", 3 * 10**9), ("512 MiB", 512 * 2**20), ("1.5k", 1500), ("4096", 4096), ("2gb", 2 * 10**9)]
)
def test_sizes(text: str, size: int) -> None:
    assert config.parse_size(text) == size


@pytest.mark.parametrize("text", ["", "GB", "-1", "3 TB", "1,5GB"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a size"):
        config.parse_size(text)


def test_keys_lists_what_the_file_may_hold() -> None:
    assert {"vault", "run.enabled", "publish.only", "pages.feed"} <= set(config.keys())
