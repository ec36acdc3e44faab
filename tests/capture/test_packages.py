import importlib.metadata
import re
import sys

import pytest

from gitxp.capture.packages import installed_packages


def normalised(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def test_real_environment_reads_as_importlib_reads_it():
    expected = {}
    for distribution in importlib.metadata.distributions():
        expected.setdefault(normalised(distribution.metadata["Name"]), distribution.version)
    assert installed_packages(sys.path) == expected


@pytest.mark.parametrize(
    ("folder", "package"),
    [
        ("torch-2.1.0+cu121.dist-info", ("torch", "2.1.0+cu121")),
        ("Ruamel.Yaml_Clib-0.2.dist-info", ("ruamel-yaml-clib", "0.2")),
        ("PyYAML-6.0-py3.11.egg-info", ("pyyaml", "6.0")),
        ("lib-1.0-py3.11-linux-x86_64.egg-info", ("lib", "1.0")),
    ],
)
def test_name_of_the_folder_is_enough(tmp_path, folder, package):
    (tmp_path / folder).mkdir()
    assert installed_packages([str(tmp_path)]) == dict([package])


@pytest.mark.parametrize(
    ("folder", "file"),
    [
        ("mine.egg-info", "PKG-INFO"),
        ("mine.dist-info", "METADATA"),
        ("mine-1.0_1.dist-info", "METADATA"),
    ],
)
def test_metadata_is_read_where_the_name_is_not_enough(tmp_path, folder, file):
    (tmp_path / folder).mkdir()
    text = "Metadata-Version: 2.1\nName: Mine\nVersion: 1.0-1\n\nVersion: 9\n"
    (tmp_path / folder / file).write_text(text)
    assert installed_packages([str(tmp_path)]) == {"mine": "1.0-1"}


def test_first_on_the_path_counts(tmp_path):
    for place, version in (("one", "1.0"), ("two", "2.0")):
        (tmp_path / place / f"lib-{version}.dist-info").mkdir(parents=True)
    path = [str(tmp_path / "none"), str(tmp_path / "two"), str(tmp_path / "one")]
    assert installed_packages(path) == {"lib": "2.0"}


def test_leftovers_of_pip_and_empty_folders_are_passed_over(tmp_path):
    (tmp_path / "~ib-1.0.dist-info").mkdir()
    (tmp_path / "broken.dist-info").mkdir()
    assert installed_packages([str(tmp_path)]) == {}
