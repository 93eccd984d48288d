"""Lines of files that may be the very ones that were refused."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from medallion.spec.files.excerpts import lines_below, without_secrets


def test_lines_of_a_file_in_the_project(tmp_path: Path) -> None:
    (tmp_path / "specs").mkdir()
    (tmp_path / "specs/a.yaml").write_bytes(b"\xef\xbb\xbfa: 1\nb: \xff\n")
    assert lines_below(tmp_path)("specs/a.yaml") == ["a: 1", "b: \ufffd", ""]
    assert lines_below(tmp_path)("specs/gone.yaml") == []


@pytest.mark.timeout(240)
def test_what_is_not_a_file_of_the_project_is_not_opened(tmp_path: Path) -> None:
    """A FIFO would wait for ever, `/dev/full` has no end, and the link shows what is not meant."""
    specs = tmp_path / "specs"
    specs.mkdir()
    (tmp_path / "secret").write_text("key")
    os.mkfifo(specs / "fifo.yaml")
    (specs / "endless.yaml").symlink_to("/dev/full")
    (specs / "leads_out.yaml").symlink_to(tmp_path / "secret")
    lines = lines_below(tmp_path)
    assert [lines(f"specs/{file.name}") for file in specs.iterdir()] == [[], [], []]


def test_what_looks_like_a_secret_is_hidden() -> None:
    """A spec is refused because it holds one: what is shown of it must not repeat it."""
    spec = """\
headers: {Authorization: Bearer abc, X-Api-Key: 'abc', Accept: text/csv}
params: {api_key: "abc, abc", page: 1}
password: abc # abc
"token":   abc
client_secret: |
  abc
   abc

path: https://me:abc@example.org/a:b@c
columns: {token: {type: text, from: token}, secret: {type: text}}
pagination: {type: next_token, cursor: meta.token}
"""
    assert (
        "\n".join(without_secrets(spec.split("\n")))
        == """\
headers: {Authorization: ***, X-Api-Key: ***, Accept: text/csv}
params: {api_key: ***, page: 1}
password: ***
"token":   ***
client_secret: |
  ***
   ***

path: https://***@example.org/a:b@c
columns: {token: {type: text, from: token}, secret: {type: text}}
pagination: {type: next_token, cursor: meta.token}
"""
    )


@pytest.mark.parametrize(
    ("spec", "shown"),
    [
        ("db_password: abc", "db_password: ***"),
        ("x_api_key: abc", "x_api_key: ***"),
        ("refresh_token: abc", "refresh_token: ***"),
        ("aws_secret_access_key: abc", "aws_secret_access_key: ***"),
        ("dbPassword: abc", "dbPassword: ***"),
        ("password: abc,abc} abc", "password: ***"),
        ("a: {password: abc,abc, b: 1}", "a: {password: ***, b: 1}"),
        ("a: {'password':'abc', b: 1}", "a: {'password':***, b: 1}"),
        ("a: {password: [abc, abc], b: 1}", "a: {password: ***, b: 1}"),
        ("a: {password: abc\n    abc, b: 1}", "a: {password: ***\n    ***"),
        ("password:\n  abc\nb: 1", "password:\n  ***\nb: 1"),
        ("password: # soon\n\n  abc: abc\n", "password: # soon\n\n  abc: abc\n"),
        ("password: &a abc", "password: ***"),
        ("password: &a\n  abc", "password: &a\n  ***"),
        ("password: [abc]", "password: ***"),
        ("passwords:\n- abc\nb: 1", "passwords:\n***\nb: 1"),
        ("- password: abc\n   abc\n  b: 1", "- password: ***\n   ***\n  b: 1"),
        ('password: "abc\nabc\n abc"\nb: 1', "password: ***\n***\n ***\nb: 1"),
        ("token:\n  type: text\n  from: token", "token:\n  type: text\n  from: token"),
        ("- {name: Authorization, value: Bearer abc}", "- {name: Authorization, value: ***}"),
        ("- name: X-Api-Key\n  value: abc\n", "- name: X-Api-Key\n  value: ***\n"),
        ("- {name: city, value: abc}", "- {name: city, value: abc}"),
        ("url: https://h/?page=1&api_key=abc&b=1", "url: https://h/?page=1&api_key=***&b=1"),
        ("dsn: host=h password=abc dbname=d", "dsn: host=h password=*** dbname=d"),
        ("dsn: host=h password='abc abc' dbname=d", "dsn: host=h password=*** dbname=d"),
        ("password:abc", "password:***"),
        ("url: ftp://u:abc/abc@h/a", "url: ftp://***@h/a"),
        ("url: ftp://u:abc@abc@h/a", "url: ftp://***@h/a"),
        (
            "bypass: {a: 1}\ntoken_url: https://h/token",
            "bypass: {a: 1}\ntoken_url: https://h/token",
        ),
    ],
)
def test_each_way_to_write_one_is_hidden_and_no_more(spec: str, shown: str) -> None:
    assert "\n".join(without_secrets(spec.split("\n"))) == shown
